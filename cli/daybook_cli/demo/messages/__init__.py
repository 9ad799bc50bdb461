"""The e-mails, SMS and pushes of a business of the demonstration data, and what becomes of them."""
