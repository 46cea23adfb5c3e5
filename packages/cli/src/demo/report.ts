/** The demo's report: lines for people, or one JSON object a line. @module */
import { aligned } from '../render/table.js'
import { milliseconds } from '../render/time.js'
import { treeJson, treeText } from '../render/tree.js'
import type { Palette, Terminal } from '../terminal.js'
import type { DemoEvent, DemoPlace, Tell } from './event.js'

/** Writes each event as a line of JSON. */
export function jsonReport(terminal: Terminal): Tell {
  return (event) => {
    const told = event.event === 'tree' ? { ...event, tree: treeJson(event.tree) } : event
    terminal.out(`${JSON.stringify(told)}\n`)
  }
}

const places: Readonly<Record<DemoPlace, string>> = {
  own: 'in network namespaces of its own',
  rootless: 'without root, in user, network and mount namespaces of its own',
  here: 'in this namespace',
}

/** Writes for people. */
export function textReport(terminal: Terminal, palette: Palette): Tell {
  let way = ''
  const say = (line: string) => terminal.out(`${line}\n`)
  const heading = (text: string) => say(`\n${palette.bold(text)}`)
  /** Ends the line of pings that is being written. */
  const endWay = () => {
    if (way !== '') terminal.out('\n')
    way = ''
  }
  const told = new Set<string>()
  const once = (text: string) => {
    if (!told.has(text)) heading(text)
    told.add(text)
  }
  return (event) => {
    if (event.event !== 'ping') endWay()
    switch (event.event) {
      case 'start':
        return say(`vnet demo on the ${event.driver} backend, ${places[event.place]}`)
      case 'made':
        once('Built')
        return say(`  ${event.what}`)
      case 'ping': {
        once('Packets')
        const here = `${event.from} → ${event.to} (${event.address})`
        if (here !== way) {
          endWay()
          terminal.out(`  ${here.padEnd(40)}`)
          way = here
        }
        return terminal.out(`  ${palette.green(milliseconds(event.time))}`)
      }
      case 'skipped':
        return say(`\n${event.what}: ${palette.yellow('skipped')}: ${event.reason}`)
      case 'tree':
        heading('Namespaces, links, addresses')
        return terminal.out(treeText(event.tree, palette).replace(/^(?=.)/gm, '  '))
      case 'learned':
        heading(`MACs that ${event.bridge} has learned`)
        return terminal.out(learnedText(event))
      case 'interrupted':
        return say(`\n${palette.yellow('interrupted')} by ${event.signal}: removing everything`)
      case 'removed':
        once('Removed')
        return say(`  ${event.what}`)
      case 'left':
        once('Removed')
        return say(`  ${palette.red('left behind')}: ${event.what}: ${event.reason}`)
      case 'end':
        if (!told.has('Removed')) return
        return say(event.left === 0 ? '  nothing is left' : `  ${palette.red(`${event.left} left behind`)}`)
    }
  }
}

function learnedText({ entries }: Extract<DemoEvent, { event: 'learned' }>): string {
  const lines = entries.map(({ port, mac }) => [port, mac])
  return aligned(['PORT', 'MAC'], [false, false], lines).replace(/^(?=.)/gm, '  ')
}
