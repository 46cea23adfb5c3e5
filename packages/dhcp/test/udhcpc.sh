#!/bin/sh
# What udhcpc and dhclient call with what they were told: kept, and the address set, so that it can be given back.
{ echo "== ${1:-$reason}"; env | sort; } >>"$VNET_TOLD"
case "${1:-$reason}" in
bound) ip address replace "$ip/${mask:-24}" dev "$interface" ;;
BOUND) ip address replace "$new_ip_address/24" dev "$interface" ;;
esac
