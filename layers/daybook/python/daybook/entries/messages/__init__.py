"""What is read of e-mails and text messages beside their records' logs."""
