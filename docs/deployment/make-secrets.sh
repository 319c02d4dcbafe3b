#!/bin/sh
# Make random secrets for compose.yaml, once; what is there already is kept.
#   make-secrets.sh [FOLDER]      the folder `secrets` beside this file by default
set -eu

folder=${1:-$(dirname "$0")/secrets}
mkdir -p "$folder"
# Others of this machine can't enter the folder. The files themselves are read by the services'
# users, whose ids this machine need not know.
chmod 700 "$folder"
umask 022

random() {
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n'
}

keep() {
    if [ -e "$folder/$1" ]; then
        cat > /dev/null
    else
        cat > "$folder/$1.new"
        mv "$folder/$1.new" "$folder/$1"
    fi
}

random | keep postgres_password
random | keep elders_key_pepper
random | keep redis_password
postgres=$(cat "$folder/postgres_password")
redis=$(cat "$folder/redis_password")
echo "postgresql://elders:$postgres@postgres:5432/elders" | keep elders_database_url
echo "redis://:$redis@redis:6379/0" | keep elders_cache_url
echo "redis://:$redis@redis:6379/1" | keep elders_rate_limit_url
keep redis_conf <<CONF
requirepass $redis
maxmemory 512mb
maxmemory-policy allkeys-lfu
save ""
appendonly no
CONF
