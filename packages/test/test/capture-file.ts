/** Files of evidence, read again. @module */
import { readFileSync } from 'node:fs'
import { formatFrame, linkTypes, readCapture } from '@vnet/wire'

/** The frames of a file, each with the name of its link and its comments. */
export function framesIn(path: string) {
  const links: { name: string | undefined; isIp: boolean }[] = []
  return [...readCapture(readFileSync(path))].flatMap((block) => {
    if (block.block === 'interface') links.push({ name: block.name, isIp: block.linkType === linkTypes.ip })
    if (block.block !== 'packet') return []
    const link = links[block.interface]
    return [
      {
        link: link?.name,
        comments: block.comments ?? [],
        time: block.timestamp,
        line: formatFrame(block.bytes, { link: link?.isIp ? 'ip' : 'ethernet' }),
      },
    ]
  })
}
