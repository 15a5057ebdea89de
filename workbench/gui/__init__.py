"""The window: the only home of Qt."""

from workbench.gui.background.loading import leave_classes_unmade, leave_sources_unread

leave_sources_unread()  # before the many modules of the window are imported
leave_classes_unmade()
