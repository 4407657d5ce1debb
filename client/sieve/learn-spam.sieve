# Runs when a message is moved or copied into Junk.
require ["vnd.dovecot.pipe", "copy", "imapsieve"];

pipe :copy "learn-spam";
