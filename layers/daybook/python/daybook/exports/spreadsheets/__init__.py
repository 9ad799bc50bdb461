"""The CSV of a list, which a spreadsheet opens as it is: its columns, words and cells."""
