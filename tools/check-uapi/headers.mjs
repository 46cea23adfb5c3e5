// Asks the system's headers, by way of a C compiler, what the names of a module are.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The C library's headers first: the kernel's then leave out what those have declared. */
const common = [
  'stddef.h',
  'stdio.h',
  'errno.h',
  'fcntl.h',
  'sched.h',
  'poll.h',
  'sys/ioctl.h',
  'sys/socket.h',
  'netinet/in.h',
  'linux/netlink.h',
  'linux/rtnetlink.h',
  'linux/if.h',
  'linux/if_tun.h',
  'linux/virtio_net.h',
  'linux/if_addr.h',
  'linux/if_arp.h',
  'linux/if_bonding.h',
  'linux/if_bridge.h',
  'linux/if_ether.h',
  'linux/if_link.h',
  'linux/if_tun.h',
  'linux/if_tunnel.h',
  'linux/ip6_tunnel.h',
  'linux/if_vlan.h',
  'linux/veth.h',
  'linux/neighbour.h',
  'linux/fib_rules.h',
  'linux/net_namespace.h',
  'linux/if_packet.h',
  'linux/if_pppox.h',
  'linux/ppp_defs.h',
  'linux/ppp-ioctl.h',
  'linux/filter.h',
  'linux/gen_stats.h',
  'linux/time_types.h',
  'linux/genetlink.h',
  'linux/wireguard.h',
  'linux/if_macsec.h',
  'linux/if_team.h',
  'linux/ethtool.h',
  'linux/ethtool_netlink.h',
  'linux/nl80211.h',
  'linux/sockios.h',
  'linux/pkt_sched.h',
  'linux/sock_diag.h',
  'linux/inet_diag.h',
  'linux/netfilter.h',
  'linux/netfilter_ipv4.h',
  'linux/netfilter_bridge.h',
  'linux/netfilter/nfnetlink.h',
  'linux/netfilter/nf_tables.h',
  'linux/netfilter/nf_nat.h',
  'linux/virtio_net.h',
]

/**
 * What the headers say: a number by constant's name, a size by struct's name, and offset and size by `struct s.member`.
 * What is missing is not in these headers.
 *
 * @typedef {object} Answers
 * @property {Map<string, bigint>} numbers
 * @property {Map<string, bigint>} sizes
 * @property {Map<string, { offset: bigint, size: bigint }>} members
 */

/**
 * @param {import('./compare.mjs').Uapi} uapi
 * @param {string} compiler
 * @returns {Answers}
 */
export function ask(uapi, compiler) {
  const constants = [
    ...Object.keys(uapi.constants),
    ...uapi.attributes.flatMap((table) => Object.values(table.fields).map((field) => field.name)),
  ]
  const questions = [
    ...[...new Set(constants)].map((name) => `printf("number|${name}|%lld\\n", (long long)(${name}));`),
    ...uapi.structs.flatMap(({ name, fields }) => [
      `printf("size|${name}|%zu\\n", sizeof(${name}));`,
      ...Object.values(fields).map(
        (member) =>
          `printf("member|${name}.${member.name}|%zu|%zu\\n", ` +
          `offsetof(${name}, ${member.name}), sizeof(((${name} *)0)->${member.name}));`,
      ),
    ]),
  ]
  const named = uapi.attributes.flatMap((table) => table.header ?? [])
  const headers = [...new Set([...common, ...named])]
  const directory = mkdtempSync(join(tmpdir(), 'vnet-check-uapi-'))
  try {
    const answered = run(headers, questions, compiler, directory)
    return sort(answered)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Compiles and runs the questions, without those that the compiler complains about: their names are unknown to it. */
function run(
  /** @type {string[]} */ headers,
  /** @type {string[]} */ questions,
  /** @type {string} */ compiler,
  /** @type {string} */ directory,
) {
  const source = join(directory, 'questions.c')
  const program = join(directory, 'questions')
  const includes = headers.map((header) => `#if __has_include(<${header}>)\n#include <${header}>\n#endif`)
  const preamble = `${includes.join('\n')}\nint main(void) {\n`
  const first = preamble.split('\n').length
  // A question a line, so that a complaint's line says which.
  const write = (/** @type {string[]} */ lines) =>
    writeFileSync(source, `${preamble}${lines.join('\n')}\nreturn 0;\n}\n`)

  write(questions)
  // What linux/if_arp.h has declared, the C library's would declare again for linux/netfilter_bridge.h.
  const options = ['-std=gnu11', '-w', '-fmax-errors=0', '-D_NET_IF_ARP_H']
  const checked = spawnSync(compiler, [...options, '-fsyntax-only', source], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  })
  if (checked.error) throw new Error(`check-uapi needs a C compiler: ${checked.error.message}`)
  const unknown = new Set()
  for (const [, line, text] of checked.stderr.matchAll(/questions\.c:(\d+):\d+: (?:fatal )?error: (.*)/g)) {
    const index = Number(line) - first
    if (questions[index] === undefined) throw new Error(`the headers do not compile: ${text}`)
    unknown.add(index)
  }
  write(questions.map((question, index) => (unknown.has(index) ? '' : question)))
  execFileSync(compiler, [...options, '-o', program, source])
  return execFileSync(program, { encoding: 'utf8', maxBuffer: 1 << 24 })
}

/** @returns {Answers} */
function sort(/** @type {string} */ printed) {
  /** @type {Answers} */
  const answers = { numbers: new Map(), sizes: new Map(), members: new Map() }
  for (const line of printed.trimEnd().split('\n')) {
    const [sort, name = '', first = '', second = ''] = line.split('|')
    if (sort === 'number') answers.numbers.set(name, BigInt(first))
    if (sort === 'size') answers.sizes.set(name, BigInt(first))
    if (sort === 'member') answers.members.set(name, { offset: BigInt(first), size: BigInt(second) })
  }
  return answers
}
