#!/usr/bin/env bash
# rspamd.sh DIR SOCKET WORKERS [CF...]: writes a configuration of Rspamd into DIR, which listens on
# SOCKET with local tests only, and becomes that Rspamd. With CF files, its SpamAssassin module reads
# them. The compiled patterns stay in DIR/db: the second start is a warm one.
set -eu
dir=$1 socket=$2 workers=$3
shift 3
rm -rf "$dir/conf"
mkdir -p "$dir/db" "$dir/run" "$dir/log"
cp -r /etc/rspamd "$dir/conf"
mkdir -p "$dir/conf/local.d" "$dir/conf/override.d"
# Whatever asks the network, a Redis or a daemon.
for module in antivirus arc asn aws_s3 bayes_expiry bimi clickhouse dcc dkim dkim_signing dmarc elastic \
    external_services fuzzy_check greylist hfilter history_redis known_senders metadata_exporter metric_exporter mx_check \
    neural p0f phishing ratelimit rbl replies reputation rspamd_update spamtrap spf surbl url_redirector whitelist; do
    echo "enabled = false;" > "$dir/conf/override.d/$module.conf"
done
for worker in controller proxy fuzzy; do
    echo "enabled = false; count = 0;" > "$dir/conf/override.d/worker-$worker.inc"
done
cat > "$dir/conf/override.d/worker-normal.inc" <<CONF
bind_socket = "$socket mode=0666";
count = $workers;
task_timeout = 120s;
CONF
cat > "$dir/conf/override.d/options.inc" <<CONF
dns { nameserver = ["127.0.0.1:9"]; timeout = 10ms; retransmits = 1; }
control_socket = "$dir/run/control.sock mode=0600";
CONF
cat > "$dir/conf/override.d/logging.inc" <<CONF
type = "file"; filename = "$dir/log/rspamd.log"; level = "info";
CONF
rm -f "$dir/conf/statistic.conf"; : > "$dir/conf/statistic.conf"
if [ $# -gt 0 ]; then
    {
        for cf in "$@"; do echo "ruleset = \"$cf\";"; done
        echo "match_limit = 0;"
    } > "$dir/conf/local.d/spamassassin.conf"
fi
exec rspamd -f -i -c "$dir/conf/rspamd.conf" --var="CONFDIR=$dir/conf" --var="LOCAL_CONFDIR=$dir/conf" \
    --var="DBDIR=$dir/db" --var="RUNDIR=$dir/run" --var="LOGDIR=$dir/log"
