/** What a lab recorded, as files: frames as pcapng, events as lines of JSON. @module */
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dropCauses } from '@vnet/mock'
import { formatFrame, linkTypes, PcapngWriter } from '@vnet/wire'
import { natDropCauses } from './nat/cause.js'
import type { RecordedDrop, RecordedFrame, Recorder } from './recorder.js'

/** What was recorded, and where it was written. */
export interface Evidence {
  /** The frames at every end of a cable, as pcapng; absent where no folder is known. */
  readonly frames?: string
  /** The events, one JSON object a line; absent where no folder is known. */
  readonly events?: string
  /** Frames that were recorded; each is met at both ends of a cable. */
  readonly frameCount: number
  /** Frames that were dropped; told by the mock, and by NAT boxes on a kernel, too. */
  readonly dropCount: number
  /** Events. */
  readonly eventCount: number
  /** All this in words, with the last frames that were dropped. */
  readonly text: string
}

/** Drops that are told in words, and those that nobody misses: a flooded frame is dropped by all but one. */
const mostTold = 5
const usual: readonly RecordedDrop['cause'][] = [
  ...(['wrong-mac', 'not-member', 'ignored', 'no-egress-port'] as const),
  ...(['port-not-in-use', 'duplicate'] as const),
]

/** Writes evidence into a folder, which is made. */
export async function writeEvidence(recorder: Recorder, folder: string | undefined, name: string): Promise<Evidence> {
  const frames = recorder.frames.list()
  const drops = recorder.drops.list()
  const events = recorder.events.list()
  const counts = { frameCount: frames.length, dropCount: drops.length, eventCount: events.length }
  const said = drops.filter(({ cause }) => !usual.includes(cause)).slice(-mostTold)
  const last = said.length === 0 ? '' : `\nLast frames that were dropped:\n${said.map(lineOf).join('\n')}`
  const sum = `${frames.length} frames, ${drops.length} dropped, ${events.length} events`
  if (folder === undefined) {
    const text = `Evidence: ${sum}; set VNET_LAB_ARTIFACTS to a folder to have it written.${last}`
    return { ...counts, text }
  }
  await mkdir(folder, { recursive: true })
  const base = await freeName(folder, name)
  const paths = { frames: `${base}.pcapng`, events: `${base}.events.jsonl` }
  await writeFile(paths.frames, captureOf(recorder, frames, drops))
  await writeFile(
    paths.events,
    events.map((event) => `${JSON.stringify(event, plain)}\n`),
  )
  return { ...counts, ...paths, text: `Evidence (${sum}):\n  ${paths.frames}\n  ${paths.events}${last}` }
}

/** A name that no other test has, also when several run at once. */
async function freeName(folder: string, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const base = join(folder, number === 1 ? name : `${name}-${number}`)
    try {
      await (await open(`${base}.pcapng`, 'wx')).close()
      return base
    } catch (error) {
      if ((error as { code?: string }).code !== 'EEXIST') throw error
    }
  }
}

/** What JSON has no word for. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value === Number.POSITIVE_INFINITY ? 'infinity' : value

/** What the causes mean. */
const meanings: Readonly<Record<RecordedDrop['cause'], string>> = { ...dropCauses, ...natDropCauses }

const commentOf = (cause: RecordedDrop['cause']): string => `dropped: ${cause}: ${meanings[cause]}`

function lineOf({ node, link, cause, bytes, format }: RecordedDrop): string {
  const frame = format === 'cooked' ? `${bytes.length} octets` : formatFrame(bytes, { link: format })
  return `  ${node}:${link} ${cause}: ${frame}`
}

/** A frame with what is said of it. */
interface Entry extends RecordedFrame {
  comments: string[]
}

/** The file: an interface for each link, frames in order of time, drops as comments. */
function captureOf(recorder: Recorder, frames: readonly RecordedFrame[], drops: readonly RecordedDrop[]): Uint8Array[] {
  const entries: Entry[] = frames.map((frame) => ({ ...frame, comments: [] }))
  entries.sort(byTime)
  const alone = drops.flatMap((drop) => mark(entries, drop))
  const all = [...entries, ...alone].sort(byTime)
  const gaps = [
    ...(recorder.frames.forgotten > 0 ? [`${recorder.frames.forgotten} earlier frames were not kept`] : []),
    ...(recorder.lost > 0 ? [`${recorder.lost} frames were lost: the kernel had no room for them`] : []),
  ]
  const writer = new PcapngWriter({ application: '@vnet/test', ...(gaps.length === 0 ? {} : { comments: gaps }) })
  const parts = [writer.start()]
  const ids = new Map<string, number>()
  for (const { node, link, format, time, bytes, originalLength, packetType, comments } of all) {
    const key = `${node} ${link}`
    let id = ids.get(`${key} ${format}`)
    if (id === undefined) {
      const name = `${node}:${recorder.linkNames.get(key) ?? link}`
      const port = writer.addInterface({ name, linkType: linkTypes[format] })
      id = port.id
      ids.set(`${key} ${format}`, id)
      parts.push(port.bytes)
    }
    const flags = packetType === 'outgoing' ? 2 : 1
    parts.push(
      writer.packet(id, time, bytes, { originalLength, flags, ...(comments.length === 0 ? {} : { comments }) }),
    )
  }
  return parts
}

const byTime = (a: RecordedFrame, b: RecordedFrame): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)

/** Says of the frame that was dropped why; where no link saw it, it becomes an entry of its own. */
function mark(entries: readonly Entry[], drop: RecordedDrop): Entry[] {
  const { node, index, time, format, bytes, cause } = drop
  const met = entries.findLast(
    (entry) =>
      entry.node === node &&
      entry.link === index &&
      entry.time <= time &&
      entry.comments.length === 0 &&
      Buffer.compare(entry.bytes, bytes) === 0,
  )
  if (met !== undefined) {
    met.comments.push(commentOf(cause))
    return []
  }
  const comments = [`${commentOf(cause)}; as it is here, it did not pass the link`]
  return [{ node, link: index, time, format, bytes, originalLength: bytes.length, packetType: 'outgoing', comments }]
}
