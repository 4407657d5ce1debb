# Runs when a message is moved or copied out of Junk. To throw spam away is not to call it ham.
require ["vnd.dovecot.pipe", "copy", "imapsieve", "environment"];

if environment :is "imap.mailbox" ["Trash", "Deleted Messages", "Deleted Items"] {
    stop;
}
pipe :copy "learn-ham";
