/** `vnet macsec`: keys and peers of MACsec links, as `ip macsec`. @module */
import type { MacsecSaChange, MacsecSaKey, MacsecSaSpec, MacsecScKey, MacsecScSpec } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { keyFile, readKey } from '../key-file.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { macsecJson, macsecText } from '../render/macsec.js'
import { UsageError } from '../usage.js'

const which: readonly take.Parameter[] = [
  take.text('sci', 'sci', "identifier of a peer's channel, MAC and port: 0200000000020001"),
  take.whole('association', 'a key of the channel, or without --sci of the link itself: 0 to 3', { flag: 'sa' }),
]
const active = take.toggle('active', 'it is in use', { flag: 'on', contrary: 'off' })
const packetNumber = take.whole('packetNumber', 'number of the next frame sent, or least number of one received', {
  flag: 'pn',
})
const keyOptions: readonly take.Parameter[] = [
  {
    flag: 'key',
    property: 'key',
    about: 'file with the key in hexadecimal digits, - for standard input',
    value: keyFile,
  },
  take.text('keyId', 'digits', 'identifier of the key, hexadecimal digits'),
  take.whole('ssci', 'short identifier of the channel, for XPN ciphers'),
  take.text('salt', 'digits', 'salt of 12 octets, for XPN ciphers'),
]
const statistics = take.flag('statistics', 'counters', { short: 's' })

/** Declares `macsec` and its verbs. */
export function defineMacsec(macsec: Command, context: Context): void {
  withExample(macsec, 'vnet macsec show')

  const show = define(macsec, 'show', 'the links with their keys and peers, as ip macsec show', 'vnet macsec show ms0')
  takes(show, '[links...]', 'only these', 'link')
  take.declare(show, [statistics])
  show.action(async (words: readonly string[], given: Record<string, unknown>) => {
    const options = take.collect([statistics], given)
    await context.withHost(
      async (host) => {
        const links = await host.link.list({ kind: 'macsec' })
        const names = namesOf(links)
        const wanted = words.length === 0 ? links.map(({ index }) => index) : words.map(take.linkRef)
        const found = await Promise.all(
          wanted.map(async (link) => {
            const device = await host.macsec.get(link, options)
            if (device !== undefined || words.length === 0) return device
            throw missing('macsec get', 'ENODEV', link, 'there is no such MACsec link')
          }),
        )
        const devices = found.filter((device) => device !== undefined)
        if (context.settings.json) {
          printJson(
            context,
            devices.map((one) => macsecJson(one, names.link(one.link))),
          )
        } else context.terminal.out(devices.map((one) => macsecText(one, names.link(one.link))).join(''))
      },
      { reading: true },
    )
  })

  const change = (verb: string, about: string, example: string, parameters: readonly take.Parameter[]): Command => {
    const command = define(macsec, verb, about, example)
    takes(command, '<link>', 'the link, of kind macsec', 'link')
    take.declare(command, [...which, ...parameters])
    return command
  }

  const adds = [active, packetNumber, ...keyOptions]
  const addExample = 'vnet macsec add ms0 --sa 0 --pn 1 --on --key ms0.key --key-id 01'
  change('add', 'add a channel of a peer, or a key', addExample, adds).action(
    async (word: string, given: Record<string, unknown>) => {
      const spec = specOf(word, given, adds)
      if (typeof spec.key === 'string') spec.key = await readKey(spec.key)
      await context.withHost((host) =>
        isKey(spec)
          ? host.macsecSa.add(spec as unknown as MacsecSaSpec)
          : host.macsecSc.add(spec as unknown as MacsecScSpec),
      )
    },
  )

  const sets = [active, packetNumber]
  change('set', 'change a channel, or a key', 'vnet macsec set ms0 --sa 0 --off', sets).action(
    async (word: string, given: Record<string, unknown>) => {
      const spec = specOf(word, given, sets)
      await context.withHost((host) =>
        isKey(spec)
          ? host.macsecSa.set(spec as unknown as MacsecSaChange)
          : host.macsecSc.set(spec as unknown as MacsecScSpec),
      )
    },
  )

  change(
    'delete',
    'remove a channel with its keys, or a key',
    'vnet macsec delete ms0 --sci 0200000000020001',
    [],
  ).action(async (word: string, given: Record<string, unknown>) => {
    const spec = specOf(word, given, [])
    await context.withHost((host) =>
      isKey(spec)
        ? host.macsecSa.delete(spec as unknown as MacsecSaKey)
        : host.macsecSc.delete(spec as unknown as MacsecScKey),
    )
  })
}

const isKey = (spec: Record<string, unknown>): boolean => spec.association !== undefined

/** What the options say; without `--sa` they are about the channel of a peer. */
function specOf(
  word: string,
  given: Record<string, unknown>,
  parameters: readonly take.Parameter[],
): Record<string, unknown> {
  const all = [...which, ...parameters]
  const spec: Record<string, unknown> = { link: take.linkRef(word), ...take.collect(all, given) }
  if (isKey(spec)) return spec
  if (spec.sci === undefined) throw new UsageError('what is it about?', '--sci for a channel of a peer, --sa for a key')
  const ofKeys = [packetNumber, ...keyOptions].map(({ property }) => property)
  const stray = take.givenOf(all, given).find(({ property }) => ofKeys.includes(property))
  if (stray !== undefined) throw new UsageError(`--${stray.flag} is about a key`, 'say which: --sa 0')
  return spec
}
