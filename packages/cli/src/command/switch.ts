/** `vnet switch`: an Ethernet switch in user space between TAPs, in the foreground. @module */
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { withExample } from '../define.js'
import { interruptibleByReader } from '../interrupt.js'
import * as take from '../parameter.js'
import { faultWords } from '../switch/disturbance.js'
import type { SwitchChoice } from '../switch/plan.js'
import { portWords, readPort } from '../switch/port.js'
import { helpOf } from '../switch/settings.js'
import { vlanExample } from '../switch/vlan.js'
import { UsageError } from '../usage.js'

/** An option that is given for one port after another. */
const each = (property: string, placeholder: string, about: string): take.Parameter =>
  take.text(property, placeholder, about, { value: { placeholder, repeated: true, read: (given) => given } })

const parameters: readonly take.Parameter[] = [
  {
    flag: 'port',
    property: 'ports',
    about: 'a TAP that is a port: tap:NAME[@NAMESPACE][,SETTING…]; once for each port',
    required: true,
    value: { placeholder: 'port', completion: 'tap port', repeated: true, read: readPort },
  },
  each('vlan', 'port:vlans', `VLANs of a port: ${vlanExample}; the other ports are then of VLAN 1, without tags`),
  take.word('vlanProtocol', [], 'EtherType of the tags; default 802.1Q', {
    value: take.wordValue('protocol', ['802.1Q', '802.1ad']),
  }),
  take.word('stp', [], 'ends loops, by STP (the default of the option) or RSTP', {
    value: { ...take.wordValue('version', ['stp', 'rstp']), bare: 'stp' },
  }),
  take.whole('priority', 'priority of the switch in the spanning tree (0–65535); the lowest is root'),
  take.whole('helloTime', 'seconds between two BPDUs of the root (1–10); default 2'),
  take.whole('maxAge', 'seconds until a silent root is given up (6–40); default 20'),
  take.whole('forwardDelay', 'seconds that a port listens, then learns (4–30); default 15'),
  take.text('mac', 'mac', 'MAC of the switch, its name in the spanning tree; default a random one'),
  take.duration('ageingTime', 'seconds until a silent station is forgotten; default 300, 0 learns nothing'),
  take.whole('maxLearned', 'most stations that are learned (0–1048576); default 16384'),
  take.whole('groupForwardMask', 'bit n forwards the group 01:80:c2:00:00:0n too'),
  each('static', 'mac=port', 'a station that does not age: 02:00:00:00:00:01=tap0[,vlan=10][,sticky]'),
  each(
    'storm',
    '[port:]limits',
    'most frames a second: broadcast=1000[/BURST],multicast=…,unknown=…; of all ports or one',
  ),
  each('fault', 'port:faults', 'a bad line: tap0:loss=1%,delay=20ms'),
  take.whole('seed', 'the same faults each time, from this number'),
  {
    flag: 'capture',
    property: 'capture',
    about: 'write what passes the ports as pcapng to this file, or to a pipe with `-`',
    value: { placeholder: 'file', completion: 'file', read: (given) => given },
  },
]

/** Declares `switch`. */
export function defineSwitch(command: Command, context: Context): void {
  take.declare(command, parameters)
  command.addHelpText(
    'after',
    `
A TAP that is not there is made and set up, and goes away with the switch; one that is there is attached to, and stays.

Settings of a port, behind it with commas:
${helpOf(portWords)}

Faults:
${helpOf(faultWords)}`,
  )
  withExample(command, 'vnet switch --port tap:tap0 --port tap:tap1@blue,isolated --vlan tap0:10 --stp')
  command.action(async (given: Record<string, unknown>) => {
    const { capture, ...choice } = take.collect(parameters, given) as unknown as SwitchChoice & { capture?: string }
    if (capture === '-' && context.terminal.interactive) {
      throw new UsageError('pcapng is not for a terminal', 'send it somewhere: vnet switch … --capture - | tshark -r -')
    }
    const { planOf } = await import('../switch/plan.js')
    const { closePorts, openPorts } = await import('../switch/opened.js')
    const { runSwitch } = await import('../switch/run.js')
    const { reportOf, sinkOf } = await import('../switch/output.js')
    const plan = planOf(choice)
    await interruptibleByReader((signal) =>
      context.withHost(async (host) => {
        const opened = await openPorts(host, plan.ports)
        try {
          const sink = await sinkOf(context.terminal, capture)
          try {
            const report = reportOf(context, capture)
            await runSwitch(plan, opened, { report, signal, ...(sink === undefined ? {} : { sink }) })
          } finally {
            await sink?.close()
          }
        } finally {
          await closePorts(opened)
        }
      }),
    )
  })
}
