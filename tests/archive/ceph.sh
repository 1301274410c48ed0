#!/bin/bash
# One monitor, one manager, one store in memory and the S3 gateway, on the loopback, until standard input closes.
# usage: ceph.sh KEY SECRET PORT PORT PORT    (the gateway's port, and two for the monitor)
# "ready" on standard output says that the gateway answers.
set -eu
KEY=$1 SECRET=$2 PORT=$3 MON="[v2:127.0.0.1:$4,v1:127.0.0.1:$5]"
exec 3>&1 >&2
D=$(mktemp -d); cd "$D"; mkdir mon osd mgr rgw run
# Each process is ended by its own id, however this ends.
trap 'cat run/*.pid | xargs -r kill; rm -rf "$D"' EXIT
cat > ceph.conf <<C
[global]
fsid=$(cat /proc/sys/kernel/random/uuid)
mon_host=$MON
public_addr=127.0.0.1
cluster_addr=127.0.0.1
keyring=$D/keyring
auth_allow_insecure_global_id_reclaim=false
osd_pool_default_size=1
osd_pool_default_min_size=1
osd_pool_default_pg_num=4
osd_pool_default_pg_autoscale_mode=off
mon_allow_pool_size_one=true
mon_max_pg_per_osd=1000
osd_crush_chooseleaf_type=0
run_dir=$D/run
admin_socket=$D/run/\$cluster-\$name.asok
pid_file=$D/run/\$name.pid
log_file=$D/\$name.log
mon_data=$D/mon
mgr_data=$D/mgr
osd_data=$D/osd
osd_objectstore=memstore
memstore_device_bytes=1073741824
mon_data_avail_crit=1
mon_data_avail_warn=2
ms_bind_port_min=36900
ms_bind_port_max=37900
[client.rgw]
rgw_frontends=beast endpoint=127.0.0.1:$PORT
rgw_data=$D/rgw
rgw_run_sync_thread=false
C
ceph-authtool --create-keyring keyring
key() { ceph-authtool keyring --gen-key -n "$@"; }
key mon. --cap mon 'allow *'
key client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
key client.rgw --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
key mgr.x --cap mon 'allow *' --cap osd 'allow *' --cap mds 'allow *'
key osd.0 --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
monmaptool --create --fsid "$(sed -n 's/^fsid=//p' ceph.conf)" \
    --addv a "$MON" monmap
ceph-mon -c ceph.conf --mkfs -i a --monmap monmap --keyring keyring
ceph-mon -c ceph.conf -i a
ceph-mgr -c ceph.conf -i x
OSD=$(cat /proc/sys/kernel/random/uuid)
ceph -c ceph.conf osd new "$OSD" 0
ceph-osd -c ceph.conf -i 0 --mkfs --no-mon-config --osd-uuid "$OSD"
ceph-osd -c ceph.conf -i 0
timeout 60 radosgw -c ceph.conf -n client.rgw
timeout 60 radosgw-admin -c ceph.conf user create --uid=t --display-name=t --access-key="$KEY" --secret-key="$SECRET"
for _ in $(seq 300); do
    (exec 4<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null && { echo ready >&3; cat >/dev/null; exit 0; }
    sleep 0.2
done
echo "the gateway does not answer on port $PORT" >&2
exit 1
