"""Daybook: the communication and audit log of a business."""
