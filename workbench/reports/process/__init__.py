"""The process that draws a report's figures while it is still being measured."""
