/** The table on a terminal, drawn anew once a second. @module */
import type { Palette, Terminal } from '../terminal.js'
import { type News, newsText, readyText } from './news.js'
import type { Report } from './report.js'
import type { RunningSwitch } from './running.js'
import { portLines, stationLines } from './table.js'

/** Milliseconds between two drawings. */
const PERIOD = 1000
/** How many of the last events are shown. */
const EVENTS = 5

// ECMA-48 § 8.3: CPL to the beginning of a line above, EL to the end of the line, ED to the end of the page.
const up = (lines: number) => (lines === 0 ? '\r' : `\u001b[${lines}F`)
const clearLine = '\u001b[K'
const clearBelow = '\u001b[J'
const clearAll = '\u001b[H\u001b[2J'

/** Draws over what it drew before, line by line, so that nothing flickers. */
export class LiveReport implements Report {
  private readonly terminal: Terminal
  private readonly palette: Palette
  private readonly events: string[] = []
  private drawn = 0
  private width = 0
  private timer: NodeJS.Timeout | undefined

  constructor(terminal: Terminal, palette: Palette) {
    this.terminal = terminal
    this.palette = palette
  }

  tell(news: News, running: RunningSwitch): void {
    // What comes and goes by itself is in the table.
    if (news.kind === 'learned' || news.kind === 'forgotten') return
    this.events.push(`${new Date().toLocaleTimeString('en-GB')} ${newsText(news, running)}`)
    if (this.events.length > EVENTS) this.events.shift()
  }

  ready(running: RunningSwitch): void {
    this.terminal.out(`${readyText(running).join('\n')}\n\n`)
    this.draw(running)
    this.timer = setInterval(() => this.draw(running), PERIOD)
  }

  async end(running: RunningSwitch): Promise<void> {
    this.stop()
    this.draw(running)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private draw(running: RunningSwitch): void {
    const { columns, rows = 24 } = this.terminal
    const room = Math.max(4, rows - 1)
    const lines = this.lines(running, room).slice(0, room)
    // Lines that the window has broken cannot be drawn over.
    const front = this.width !== 0 && columns < this.width ? clearAll : up(this.drawn)
    this.width = columns
    this.drawn = lines.length
    const text = lines.map(({ text, isTitle }) => {
      const cut = text.length > columns ? `${text.slice(0, Math.max(0, columns - 1))}…` : text
      return `${isTitle ? this.palette.bold(cut) : cut}${clearLine}\n`
    })
    this.terminal.out(`${front}${text.join('')}${clearBelow}`)
  }

  private lines(running: RunningSwitch, room: number): readonly { text: string; isTitle: boolean }[] {
    const { bridge } = running
    const stations = bridge.macs
    const ports = portLines(running, running.views(stations))
    const events = this.events.length === 0 ? [] : ['', ...this.events]
    const tree = bridge.tree
    const root =
      tree === undefined
        ? ''
        : tree.rootPort === 0
          ? `, root of the spanning tree`
          : `, root ${tree.root.priority} ${tree.root.mac} by ${running.name(tree.rootPort)}`
    const head = `${bridge.mac}${root}, ${clock(running.clock.now() - running.begun)}, ${stations.length} stations`
    const left = room - 1 - ports.length - 1 - events.length
    const known = stationLines(running, stations, left)
    const titled = (list: readonly string[]) => list.map((text, i) => ({ text, isTitle: i === 0 }))
    return [
      ...titled([head]),
      ...titled(ports),
      ...(known.length === 0 ? [] : [{ text: '', isTitle: false }, ...titled(known)]),
      ...events.map((text) => ({ text, isTitle: false })),
    ]
  }
}

/** `1:02:03`. */
function clock(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  return `${Math.floor(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`
}
