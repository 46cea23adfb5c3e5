/** Telling what a switch does: JSON or lines as it happens, or a table that is drawn anew. @module */
import type { Sink } from '../capture/sink.js'
import type { JsonObject } from '../render/ip-json/object.js'
import { endJson, type News, newsJson, newsText, readyJson, readyText } from './news.js'
import { Outbox } from './outbox.js'
import type { RunningSwitch } from './running.js'
import { portLines } from './table.js'

/** Is told what happens. */
export interface Report {
  /** Something happened; called while it happens. */
  tell(news: News, running: RunningSwitch): void
  /** Frames are forwarded. */
  ready(running: RunningSwitch): void
  /** It is over, and all that is to be told has been written when this resolves. */
  end(running: RunningSwitch): Promise<void>
  /** Nobody reads any more. */
  stop(): void
}

/** Octets of news that may wait for their reader. */
const LIMIT = 1 << 20

/** News one a line, in words or as JSON. What does not fit while the reader is slow is counted, and that is told. */
export class LineReport implements Report {
  private readonly outbox: Outbox
  private readonly json: boolean
  private missed = 0

  constructor(sink: Sink, json: boolean) {
    this.outbox = new Outbox(sink, LIMIT, () => undefined)
    this.json = json
  }

  tell(news: News, running: RunningSwitch): void {
    if (!this.outbox.ready) {
      this.missed++
      return
    }
    this.tellMissed()
    this.write(this.json ? newsJson(news, running) : newsText(news, running))
  }

  ready(running: RunningSwitch): void {
    if (this.json) this.write(readyJson(running))
    else for (const line of readyText(running)) this.write(line)
  }

  async end(running: RunningSwitch): Promise<void> {
    this.tellMissed()
    if (this.json) this.write(endJson(running))
    else for (const line of portLines(running, running.views())) this.write(line)
    await this.outbox.drained()
  }

  stop(): void {
    this.outbox.stop()
  }

  private tellMissed(): void {
    if (this.missed === 0) return
    const { missed } = this
    this.missed = 0
    this.write(
      this.json ? { kind: 'missed', events: missed } : `${missed} events are missing here: the reader was slow`,
    )
  }

  private write(line: string | JsonObject): void {
    const text = typeof line === 'string' ? line : JSON.stringify({ time: new Date().toISOString(), ...line })
    this.outbox.write(Buffer.from(`${text}\n`))
  }
}
