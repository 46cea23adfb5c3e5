/** The `info_data` of `ip -j -d` in vnet's words, for kinds that stand on other links or above ports. */

type Json = Readonly<Record<string, unknown>>
type Reader = (data: Json, indexOf: (name: string) => number | undefined) => Json

const ipvlan: Reader = (d) => ({
  mode: d.mode,
  modeFlag: ['bridge', 'private', 'vepa'].find((flag) => d[flag] === true),
})

const yes = (value: unknown) => (value === undefined ? undefined : value === 1)
const present = (of: Json): Json => Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))

const bond: Reader = (d, indexOf) => {
  const link = (name: unknown) => (name === undefined ? undefined : indexOf(String(name)))
  const info = d.ad_info as Json | undefined
  return present({
    mode: d.mode,
    activeSlave: link(d.active_slave),
    miimon: d.miimon,
    updelay: d.updelay,
    downdelay: d.downdelay,
    peerNotifyDelay: d.peer_notify_delay,
    useCarrier: yes(d.use_carrier),
    arpInterval: d.arp_interval,
    arpMissedMax: d.arp_missed_max,
    arpIpTargets: d.arp_ip_target ?? [],
    neighbourTargets: d.ns_ip6_target ?? [],
    arpValidate: d.arp_validate ?? 'none',
    arpAllTargets: d.arp_all_targets,
    primary: link(d.primary),
    primaryReselect: d.primary_reselect,
    failOverMac: d.fail_over_mac,
    xmitHashPolicy: d.xmit_hash_policy,
    resendIgmp: d.resend_igmp,
    peerNotifications: d.num_peer_notif,
    allSlavesActive: yes(d.all_slaves_active),
    minLinks: d.min_links,
    lpInterval: d.lp_interval,
    packetsPerSlave: d.packets_per_slave,
    lacpActive: d.ad_lacp_active === undefined ? undefined : d.ad_lacp_active === 'on',
    lacpRate: d.ad_lacp_rate,
    adSelect: d.ad_select,
    adInfo: info && {
      aggregator: info.aggregator,
      ports: info.num_ports,
      actorKey: info.actor_key,
      partnerKey: info.partner_key,
      partnerMac: info.partner_mac,
    },
    adActorSystemPriority: d.ad_actor_sys_prio,
    adUserPortKey: d.ad_user_port_key,
    adActorSystem: d.ad_actor_system,
    tlbDynamicLb: yes(d.tlb_dynamic_lb),
  })
}

const bondPort = (d: Json): Json =>
  present({
    state: String(d.state).toLowerCase(),
    miiStatus: String(d.mii_status).toLowerCase(),
    linkFailures: d.link_failure_count,
    permanentMac: d.perm_hwaddr,
    queueId: d.queue_id,
    priority: d.prio,
    aggregator: d.ad_aggregator_id,
    actorPortState: d.ad_actor_oper_port_state,
    partnerPortState: d.ad_partner_oper_port_state,
  })

/** By the kernel's word for the kind: the property, and how its state is read. */
export const kindReaders: Readonly<Record<string, readonly [property: string, read: Reader]>> = {
  ipvlan: ['ipvlan', ipvlan],
  ipvtap: ['ipvlan', ipvlan],
  bond: ['bond', bond],
  macsec: [
    'macsec',
    (d) =>
      present({
        sci: d.sci,
        protect: d.protect,
        cipher: String(d.cipher_suite).toLowerCase(),
        icvLength: d.icv_len,
        encodingSa: d.encoding_sa,
        validate: d.validation,
        offload: d.offload,
        encrypt: d.encrypt,
        sendSci: d.inc_sci,
        endStation: d.es,
        scb: d.scb,
        replayProtect: d.replay_protect,
        window: d.window,
      }),
  ],
  hsr: [
    'hsr',
    (d, indexOf) => ({
      slave1: indexOf(String(d.slave1)),
      slave2: indexOf(String(d.slave2)),
      sequenceNumber: d.seq_nr,
      supervisionAddress: d.supervision_addr,
      protocol: d.proto === 1 ? 'prp' : 'hsr',
    }),
  ],
  vrf: ['vrf', (d) => ({ table: d.table })],
}

/** The same of `info_slave_data`, by the kind of the master. */
export const portReaders: Readonly<Record<string, readonly [property: string, read: (data: Json) => Json]>> = {
  bond: ['bondPort', bondPort],
  vrf: ['vrfPort', (d) => ({ table: d.table })],
}
