"""What the manual says of the code, made from the code: `./run manual` writes it anew."""
