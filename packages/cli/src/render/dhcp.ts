/** What clients and servers of DHCP tell, as lines for people and for programs. @module */
import type { DhcpBinding, DhcpClientStep, DhcpLease, DhcpServerStep } from '@vnet/dhcp'
import { clean } from './table.js'

/** What is told of a step: a line, and the same for programs; nothing of those that only do something. */
export interface Told {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

/** A step of a client on a link. */
export function clientTold(step: DhcpClientStep, link: string): Told | undefined {
  switch (step.kind) {
    case 'bind': {
      const verb = step.previous?.address === step.lease.address ? 'keeps' : 'has'
      return {
        text: `${link} ${verb} ${leaseText(step.lease)}`,
        json: { kind: 'bound', link, ...leaseJson(step.lease) },
      }
    }
    case 'unbind': {
      const { lease, reason } = step
      const text = `${link} has ${prefixOf(lease)} no longer: ${reason}`
      return { text, json: { kind: 'unbound', link, address: lease.address, prefixLength: lease.prefixLength, reason } }
    }
    case 'refused':
      return { text: `${step.server ?? 'a server'} refuses${quoted(step.reason)}`, json: { link, ...step } }
    case 'conflict':
      return { text: `somebody else has ${step.address}: declined`, json: { link, ...step } }
    case 'ignored':
      return {
        text: `an answer of ${step.server ?? 'a server'} cannot be used: ${step.reason}`,
        json: { link, ...step },
      }
    case 'offer':
      return { text: `${step.server} offers ${step.address}`, json: { link, ...step } }
    case 'state':
      return { text: '', json: { link, ...step } }
    default:
      return undefined
  }
}

/** A step of a server on a link. */
export function serverTold(step: DhcpServerStep, link: string): Told | undefined {
  switch (step.kind) {
    case 'bound':
      return bindingTold(step.kind, link, step.binding, `for ${secondsText(step.binding.until)}`)
    case 'offered':
    case 'released':
    case 'expired':
      return bindingTold(step.kind, link, step.binding, '')
    case 'conflict': {
      const by = step.declined ? 'a client found it' : 'it answers'
      return { text: `somebody else has ${step.address}: ${by}`, json: { link, ...step } }
    }
    case 'refused':
      return { text: `refused ${step.address} to ${step.mac}: ${step.reason}`, json: { link, ...step } }
    case 'ignored':
      return { text: `no answer to ${step.mac}: ${step.reason}`, json: { link, ...step } }
    case 'send':
      return step.omitted.length === 0
        ? undefined
        : {
            text: `no room for options ${step.omitted.join(', ')}`,
            json: { kind: 'omitted', link, options: step.omitted },
          }
    default:
      return undefined
  }
}

function bindingTold(kind: string, link: string, binding: DhcpBinding, more: string): Told {
  const { address, mac, hostName } = binding
  const words = [kind, address, mac, hostName === undefined ? '' : shown(hostName), more]
  return {
    text: words.filter((word) => word !== '').join(' '),
    json: { kind, link, ...binding, until: timeJson(binding.until) },
  }
}

/** A lease in one line. */
export function leaseText(lease: DhcpLease): string {
  const { server, routes, dnsServers, domain, searchDomains, mtu } = lease
  const domains = [...(domain === undefined ? [] : [domain]), ...searchDomains.filter((one) => one !== domain)]
  const parts = [
    `${prefixOf(lease)} from ${server} for ${durationText(lease.endsAt - lease.begun)}`,
    ...routes.map(({ destination, router }) => `${destination} via ${router}`),
    ...(dnsServers.length > 0 ? [`DNS ${dnsServers.join(' ')}`] : []),
    ...(domains.length > 0 ? [`domains ${domains.map(word).join(' ')}`] : []),
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
  ]
  return parts.join(', ')
}

/** A lease for programs: durations in seconds from when it was asked for, `null` for ever. */
export function leaseJson(lease: DhcpLease): Record<string, unknown> {
  const { begun, renewAt, rebindAt, endsAt, message, ...rest } = lease
  const since = (time: number) => timeJson(Math.round(time - begun))
  return { ...rest, seconds: since(endsAt), renewal: since(renewAt), rebinding: since(rebindAt) }
}

const prefixOf = ({ address, prefixLength }: DhcpLease): string => `${address}/${prefixLength}`

const timeJson = (seconds: number): number | null => (Number.isFinite(seconds) ? seconds : null)

const durationText = (seconds: number): string => (Number.isFinite(seconds) ? `${Math.round(seconds)} s` : 'ever')

/** Until a time of the world's clock. */
const secondsText = (until: number): string => durationText(until - Date.now() / 1000)

/** Text of others in quotes. Control characters could do anything to a terminal; JSON leaves those from U+007F to U+009F as they are. */
const shown = (text: string): string => clean(JSON.stringify(text))

const word = (text: string): string => (/^[\w.-]+$/.test(text) ? text : shown(text))

const quoted = (text: string | undefined): string => (text === undefined ? '' : `: ${shown(text)}`)
