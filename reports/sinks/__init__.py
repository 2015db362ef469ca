"""kube-eventer's --sink strings: what they filter and send, as documented and to the letter."""
