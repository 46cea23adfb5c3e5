/** Frames of a link as lines, and as a file for Wireshark. `await record(host, 'v0', 10, console.log)`. */
import type { Namespace } from '@vnet/core'
import { formatFrame, linkTypes, PcapngWriter } from '@vnet/wire'

export async function record(
  namespace: Namespace,
  link: string,
  count: number,
  print: (line: string) => void,
): Promise<Uint8Array> {
  await using capture = await namespace.openCapture({ link })
  const format = capture.format ?? 'ethernet'
  const writer = new PcapngWriter()
  const file = [writer.start()]
  const { id, bytes } = writer.addInterface({ name: capture.name, linkType: linkTypes[format] })
  file.push(bytes)
  const batch = capture.createBatch()
  for (let recorded = 0; recorded < count; ) {
    await capture.read(batch)
    for (let i = 0; i < batch.count && recorded < count; i++, recorded++) {
      const [time, frame, originalLength] = [batch.time(i), batch.frame(i), batch.originalLength(i)]
      const line = formatFrame(frame, { link: format === 'ip' ? 'ip' : 'ethernet', originalLength })
      print(`${new Date(Number(time / 1_000_000n)).toISOString()} ${line}`)
      file.push(writer.packet(id, time, frame, { originalLength }))
    }
  }
  const { received, dropped } = capture.counters
  file.push(
    writer.statistics(id, BigInt(Date.now()) * 1_000_000n, { received: BigInt(received), dropped: BigInt(dropped) }),
  )
  return Buffer.concat(file)
}
