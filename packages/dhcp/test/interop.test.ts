/** With others on the kernel: our client with dnsmasq and udhcpd, our server with udhcpc and dhclient. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Namespace } from '@vnet/core'
import { expect } from 'vitest'
import { type DhcpServerStep, dhcpClient, dhcpServer } from '../src/index.js'
import { listening, patience, pause, withPrograms } from './programs.js'

const script = fileURLToPath(new URL('udhcpc.sh', import.meta.url))

withPrograms(
  'our client with dnsmasq: all that it tells, renewal, and the address comes back',
  [['dnsmasq', 'dnsmasq-base']],
  async (pair) => {
    const { server, client, folder } = pair
    const leases = join(folder, 'leases')
    await pair.run(server, 'dnsmasq', [
      ...[
        '--no-daemon',
        '--port=0',
        '--conf-file=/dev/null',
        '--no-ping',
        '--user=root',
        '--interface=eth0',
        '--bind-interfaces',
      ],
      ...[`--dhcp-leasefile=${leases}`, `--pid-file=${join(folder, 'pid')}`, '--dhcp-authoritative'],
      '--dhcp-range=10.7.0.100,10.7.0.109,255.255.255.0,1h',
      '--dhcp-option=option:router,10.7.0.1',
      '--dhcp-option=option:dns-server,10.7.0.53,10.7.0.54',
      '--dhcp-option=option:domain-search,lab.example,more.lab.example',
      '--dhcp-option=option:mtu,1400',
      '--dhcp-option=option:classless-static-route,0.0.0.0/0,10.7.0.1,10.8.0.0/16,10.7.0.9',
      '--domain=lab.example',
    ])
    await listening(pair)
    await using running = await dhcpClient(client, 'eth0', { hostName: 'one', probes: 1, probeInterval: 0.1 })
    const lease = await running.bound()
    expect(lease).toMatchObject({
      prefixLength: 24,
      server: '10.7.0.1',
      dnsServers: ['10.7.0.53', '10.7.0.54'],
      domain: 'lab.example',
      searchDomains: ['lab.example', 'more.lab.example'],
      mtu: 1400,
      routes: [
        { destination: '0.0.0.0/0', router: '10.7.0.1' },
        { destination: '10.8.0.0/16', router: '10.7.0.9' },
      ],
    })
    expect(lease.endsAt - lease.begun).toBe(3600)
    await client.ping({ address: '10.7.0.1', timeout: 5 })
    expect(readFileSync(leases, 'utf8')).toMatch(new RegExp(` ${lease.address} one `))
    await running.close()
    expect(await client.address.list({ link: 'eth0', family: 4 })).toEqual([])
    for (let tries = 0; readFileSync(leases, 'utf8') !== '' && tries < 500 * patience; tries++) await pause(0.02)
    expect(readFileSync(leases, 'utf8')).toBe('')
  },
)

withPrograms('our client with udhcpd', [['busybox', 'busybox']], async (pair) => {
  const { server, client, folder } = pair
  const file = join(folder, 'udhcpd.conf')
  const lines = [
    ...['start 10.7.0.100', 'end 10.7.0.109', 'interface eth0', 'option subnet 255.255.255.0', 'option lease 600'],
    ...[
      'option router 10.7.0.1',
      'option dns 10.7.0.53',
      'option search lab.example',
      'option staticroutes 10.8.0.0/16 10.7.0.9',
    ],
    ...[`lease_file ${join(folder, 'leases')}`, `pidfile ${join(folder, 'pid')}`],
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'leases'), '')
  await pair.run(server, 'busybox', ['udhcpd', '-f', file])
  await listening(pair)
  await using running = await dhcpClient(client, 'eth0', { probes: 1, probeInterval: 0.1 })
  expect(await running.bound()).toMatchObject({
    prefixLength: 24,
    server: '10.7.0.1',
    dnsServers: ['10.7.0.53'],
    searchDomains: ['lab.example'],
    routes: [{ destination: '10.8.0.0/16', router: '10.7.0.9' }],
  })
  await client.ping({ address: '10.7.0.1', timeout: 5 })
})

/** Our server, with all that a client of others can be told. */
async function serve(server: Namespace, steps: DhcpServerStep[]) {
  const options = {
    routers: ['10.7.0.1'],
    'dns-servers': ['10.7.0.53', '10.7.0.54'],
    'domain-name': 'lab.example',
    'domain-search': ['lab.example', 'more.lab.example'],
    'classless-routes': [
      { destination: '0.0.0.0/0', router: '10.7.0.1' },
      { destination: '10.8.0.0/16', router: '10.7.0.9' },
    ],
  }
  return dhcpServer(server, 'eth0', {
    subnets: [{ network: '10.7.0.0/24', pools: [['10.7.0.100', '10.7.0.109']], options, leaseTime: 600 }],
    probeTime: 0.1,
    onStep: (step) => void steps.push(step),
  })
}

withPrograms(
  'udhcpc with our server: what it is told, renewal when asked, release',
  [
    ['busybox', 'busybox'],
    ['ip', 'iproute2'],
  ],
  async (pair) => {
    const { server, client } = pair
    const steps: DhcpServerStep[] = []
    await using serving = await serve(server, steps)
    const options = ['subnet', 'router', 'dns', 'domain', 'search', 'staticroutes', 'lease'].flatMap((name) => [
      '-O',
      name,
    ])
    const args = ['-i', 'eth0', '-f', '-R', '-x', 'hostname:two', '-s', script, ...options]
    const program = await pair.run(client, 'busybox', ['udhcpc', ...args])
    const told = await pair.told('bound')
    expect(Object.fromEntries(told)).toMatchObject({
      ip: '10.7.0.100',
      subnet: '255.255.255.0',
      router: '10.7.0.1',
      dns: '10.7.0.53 10.7.0.54',
      domain: 'lab.example',
      search: 'lab.example more.lab.example',
      staticroutes: '0.0.0.0/0 10.7.0.1 10.8.0.0/16 10.7.0.9',
      lease: '600',
      serverid: '10.7.0.1',
    })
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'bound', hostName: 'two' }])
    // It renews, to the server alone, and its address answers.
    program.kill('SIGUSR1')
    await pair.told('renew')
    expect(steps.filter(({ kind }) => kind === 'bound')).toHaveLength(2)
    program.kill('SIGTERM')
    await program.ended
    for (let tries = 0; serving.bindings[0]?.state !== 'free' && tries < 500 * patience; tries++) await pause(0.02)
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'free' }])
  },
)

withPrograms(
  'dhclient with our server: what it is told, and release',
  [
    ['dhclient', 'isc-dhcp-client'],
    ['ip', 'iproute2'],
  ],
  async (pair) => {
    const { server, client, folder } = pair
    await using serving = await serve(server, [])
    const conf = join(folder, 'dhclient.conf')
    const wanted =
      'subnet-mask, routers, domain-name-servers, domain-name, domain-search, rfc3442-classless-static-routes'
    const option = 'option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;'
    writeFileSync(conf, `${option}\nsend host-name "three";\nrequest ${wanted};\ninitial-delay 0;\n`)
    const files = ['-cf', conf, '-lf', join(folder, 'leases'), '-pf', join(folder, 'pid'), '-sf', script]
    await pair.run(client, 'dhclient', ['-4', '-d', ...files, '-e', `VNET_TOLD=${join(folder, 'told')}`, 'eth0'])
    const told = await pair.told('BOUND')
    expect(Object.fromEntries(told)).toMatchObject({
      new_ip_address: '10.7.0.100',
      new_subnet_mask: '255.255.255.0',
      new_domain_name_servers: '10.7.0.53 10.7.0.54',
      new_domain_search: 'lab.example. more.lab.example.',
      new_rfc3442_classless_static_routes: '0 10 7 0 1 16 10 8 10 7 0 9',
      new_dhcp_lease_time: '600',
    })
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'bound', hostName: 'three' }])
    // What it releases it reads from its file, which it may write after it has told.
    const leases = () => readFileSync(join(folder, 'leases'), 'utf8')
    for (let tries = 0; !leases().includes('fixed-address 10.7.0.100') && tries < 500 * patience; tries++)
      await pause(0.02)
    const release = await pair.run(client, 'dhclient', ['-4', '-r', ...files, 'eth0'])
    await release.ended
    for (let tries = 0; serving.bindings[0]?.state !== 'free' && tries < 500 * patience; tries++) await pause(0.02)
    expect(serving.bindings).toMatchObject([{ address: '10.7.0.100', state: 'free' }])
  },
)
