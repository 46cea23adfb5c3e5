/**
 * NICs as udev describes them: prefix, MAC (`-` where it is not its own), `ID_PATH`, what else their names depend on, then
 * the names: `ID_NET_NAME_ONBOARD`, `_SLOT`, `_PATH`, `_MAC`; `-` where there is none.
 *
 * What else: `multi` function, `ari`, `slot=` hot-plug slot, `index=` of the firmware, `port=` phys_port_name, `dev=`
 * dev_port, `vf=` virtual function, `rep=` representor, `core=` BCMA.
 */
export const nicDevices = `
en 00:00:00:00:04:66 pci-0000:05:00.0 slot=1 - ens1 enp5s0 enx000000000466
en 78:e7:d1:ea:46:da pci-0000:02:00.0 multi - - enp2s0f0 enx78e7d1ea46da
en 78:e7:d1:ea:46:dc pci-0000:02:00.1 multi - - enp2s0f1 enx78e7d1ea46dc
wl 00:24:d7:e3:11:30 pci-0000:03:00.0 . - - wlp3s0 wlx0024d7e31130
ib - pci-0000:15:00.0 multi - - ibp21s0f0 -
ib - pci-0000:15:00.1 multi - - ibp21s0f1 -
ww 02:80:37:ec:02:00 pci-0000:00:1d.0-usb-0:1.4:1.6 . - - wwp0s29u1u4i6 wwx028037ec0200
en d6:26:b3:45:0f:b5 pci-0000:00:1d.0-usb-0:1.2:1.0 . - - enp0s29u1u2 enxd626b3450fb5
en 02:6d:3c:00:00:0a ccw-0.0.f5f0 . - - encf5f0 enx026d3c00000a
en 54:ee:75:cb:1d:c0 pci-0000:00:1f.6 multi - - enp0s31f6 enx54ee75cb1dc0
en 3c:ec:ef:10:20:30 pci-0000:01:00.0 multi,port=p0,index=1 eno1np0 - enp1s0f0np0 enx3cecef102030
en 3c:ec:ef:10:20:31 pci-0000:01:00.1 multi,port=p1,index=2 eno2np1 - enp1s0f1np1 enx3cecef102031
en b8:59:9f:aa:00:00 pci-0000:3b:00.0 multi,slot=2,port=p0 - ens2f0np0 enp59s0f0np0 enxb8599faa0000
en b8:59:9f:aa:00:01 pci-0000:3b:00.1 multi,slot=2,port=p1 - ens2f1np1 enp59s0f1np1 enxb8599faa0001
en - pci-0000:3b:00.0 multi,slot=2,port=p0,vf=0 - ens2f0np0v0 enp59s0f0np0v0 -
en - pci-0000:3b:00.0 multi,slot=2,vf=3 - ens2f0v3 enp59s0f0v3 -
en - pci-0000:3b:00.0 multi,slot=2,rep=1 - ens2f0r1 enp59s0f0r1 -
en 52:54:00:12:34:56 pci-0000:01:00.0 . - - enp1s0 enx525400123456
en 52:54:00:12:34:57 pci-0000:00:03.0 slot=3 - ens3 enp0s3 enx525400123457
en 52:54:00:12:34:58 pci-0000:00:12.0 slot=18 - ens18 enp0s18 enx525400123458
en 00:0c:29:3e:5f:60 pci-0000:02:01.0 slot=33 - ens33 enp2s1 enx000c293e5f60
en 00:50:56:aa:bb:cc pci-0000:03:00.0 slot=160 - ens160 enp3s0 enx005056aabbcc
en 00:50:56:aa:bb:cd pci-0000:0b:00.0 slot=192 - ens192 enp11s0 enx005056aabbcd
en 00:50:56:aa:bb:ce pci-0000:13:00.0 slot=224 - ens224 enp19s0 enx005056aabbce
en 08:00:27:11:22:33 pci-0000:00:08.0 . - - enp0s8 enx080027112233
en 0a:58:a9:fe:00:01 pci-0000:00:05.0 slot=5 - ens5 enp0s5 enx0a58a9fe0001
en d0:50:99:01:02:03 pci-0000:04:00.0 index=1 eno1 - enp4s0 enxd05099010203
en d0:50:99:01:02:04 pci-0000:05:00.0 index=2 eno2 - enp5s0 enxd05099010204
en ac:1f:6b:00:00:01 pci-0000:18:00.0 multi,index=1 eno1 - enp24s0f0 enxac1f6b000001
en ac:1f:6b:00:00:02 pci-0000:18:00.1 multi,index=2 eno2 - enp24s0f1 enxac1f6b000002
en ac:1f:6b:00:00:03 pci-0000:b1:00.0 multi,index=49 eno49 - enp177s0f0 enxac1f6b000003
en 24:8a:07:00:00:01 pci-0000:81:00.0 slot=4 - ens4 enp129s0 enx248a07000001
en 24:8a:07:00:00:02 pci-0000:81:00.0 slot=4,dev=1 - ens4d1 enp129s0d1 enx248a07000002
en 98:03:9b:00:00:01 pci-0001:01:00.0 multi - - enP1p1s0f0 enx98039b000001
en 98:03:9b:00:00:02 pci-0002:01:00.0 multi,slot=7 - enP2s7f0 enP2p1s0f0 enx98039b000002
en 98:03:9b:00:00:03 pci-0033:01:00.1 multi - - enP51p1s0f1 enx98039b000003
en 1c:34:da:00:00:01 pci-10030:01:00.0 . - - enP65584p1s0 enx1c34da000001
en b4:96:91:00:00:01 pci-0000:af:00.0 ari,multi - - enp175s0f0 enxb49691000001
en b4:96:91:00:00:02 pci-0000:af:01.0 ari,multi - - enp175s1f8 enxb49691000002
en b4:96:91:00:00:03 pci-0000:af:03.5 ari,multi - - enp175s3f29 enxb49691000003
en 00:e0:4c:68:00:01 pci-0000:00:14.0-usb-0:4:1.0 . - - enp0s20u4 enx00e04c680001
en 00:e0:4c:68:00:02 pci-0000:00:14.0-usb-0:1.3.2:1.0 . - - enp0s20u1u3u2 enx00e04c680002
en 00:e0:4c:68:00:03 pci-0000:00:14.0-usb-0:2:2.0 . - - enp0s20u2c2 enx00e04c680003
en 00:e0:4c:68:00:04 pci-0000:00:14.0-usb-0:2:2.1 . - - enp0s20u2c2i1 enx00e04c680004
en 00:e0:4c:68:00:05 pci-0000:38:00.0-usb-0:1.2.3.4.2:1.0 . - - - enx00e04c680005
wl 9c:ef:d5:00:00:01 pci-0000:00:14.0-usb-0:9:1.0 . - - wlp0s20u9 wlx9cefd5000001
wl 9c:ef:d5:00:00:02 pci-0000:00:14.3 . - - wlp0s20f3 wlx9cefd5000002
wl 9c:ef:d5:00:00:03 pci-0000:72:00.0 . - - wlp114s0 wlx9cefd5000003
wl 9c:ef:d5:00:00:04 pci-0000:02:00.0 core=1 - - wlp2s0b1 wlx9cefd5000004
ww 00:a0:c6:00:00:01 pci-0000:00:14.0-usb-0:6:1.12 . - - wwp0s20u6i12 wwx00a0c6000001
ww - pci-0000:08:00.0 . - - wwp8s0 -
en b8:27:eb:00:00:01 platform-3f980000.usb-usb-0:1.1:1.0 . - - enu1u1 enxb827eb000001
en b8:27:eb:00:00:02 platform-3f980000.usb-usb-0:1.1.1:1.0 . - - enu1u1u1 enxb827eb000002
wl b8:27:eb:00:00:03 platform-3f980000.usb-usb-0:1.3:2.1 . - - wlu1u3c2i1 wlxb827eb000003
en dc:a6:32:00:00:01 platform-fd580000.ethernet alias=0 end0 - - enxdca632000001
en 5a:00:00:00:00:01 platform-30be0000.ethernet alias=1 end1 - - enx5a0000000001
en fa:16:3e:00:00:01 vio-30000002 vio=2 - env2 - enxfa163e000001
en fa:16:3e:00:00:02 vio-3000000e vio=14 - env14 - enxfa163e000002
en 00:16:3e:00:00:01 xen-vif-0 vif=0 - enX0 - enx00163e000001
en 00:16:3e:00:00:02 xen-vif-3 vif=3 - enX3 - enx00163e000002
en 02:00:00:00:10:00 ccw-0.0.1000 . - - enc1000 enx020000001000
en 02:00:00:00:06:00 ccw-0.0.0600 . - - enc600 enx020000000600
en 02:00:00:01:bd:f0 ccw-0.1.bdf0 . - - enc1.bdf0 enx02000001bdf0
en 00:18:2d:00:00:01 platform-HISI00C2:00 acpi=HISI/194/0 - - enahisic2i0 enx00182d000001
en 00:18:2d:00:00:02 platform-APMC0D05:01 acpi=APMC/3333/1 - - enaapmcd05i1 enx00182d000002
en - netdevsim-10 sim=10,port=p1 - - eni10np1 -
en - netdevsim-1 sim=1,port=2 - - eni1n2 -
en 0c:42:a1:00:00:01 pci-0000:01:00.0 port=p0 - - enp1s0np0 enx0c42a1000001
en 0c:42:a1:00:00:02 pci-0000:01:00.0 multi,port=pf0vf1 - - enp1s0f0npf0vf1 enx0c42a1000002
en 0c:42:a1:00:00:03 pci-0000:01:00.0 port=p0s1 - - enp1s0np0s1 enx0c42a1000003
en 0c:42:a1:00:00:04 pci-0000:01:00.0 slot=1,dev=3 - ens1d3 enp1s0d3 enx0c42a1000004
en 0c:42:a1:00:00:05 pci-0000:c1:00.0 multi,index=0 eno0 - enp193s0f0 enx0c42a1000005
en 0c:42:a1:00:00:06 pci-0000:c1:00.1 multi,index=5,dev=1 eno5d1 - enp193s0f1d1 enx0c42a1000006
ib - pci-0000:06:00.0 slot=6 - ibs6 ibp6s0 -
ib - pci-0000:06:00.0 slot=6,dev=1 - ibs6d1 ibp6s0d1 -
`
