/** Whether a measured row meets its goals. */
import { limitTitles } from './rows.mjs'

/** Ratio to the first limit of the row: every contender was measured right after it, so two ratios compare. */
const rate = (row, contender) => contender?.ratios[row.limits[0]]?.median

const goal = (text, wanted, reached) => ({ text, wanted, reached, met: reached >= wanted })

/** The goals of one vnet contender of a row, each with what was reached. */
export function goalsOf(row, contender) {
  if (contender.failure || !contender.time) return []
  const list = []
  for (const [how, wanted] of Object.entries(row.goals[contender.driver])) {
    list.push(goal(`${limitTitles[how]}: ratio ≥ ${wanted}`, wanted, contender.ratios[how].median))
  }
  const mine = rate(row, contender)
  const peers = row.contenders.filter((each) => each.peer && each.time).sort((a, b) => rate(row, b) - rate(row, a))
  if (peers[0]) list.push(goal(`ahead of every peer, the nearest ${peers[0].title}`, 1, mine / rate(row, peers[0])))
  if (row.times) {
    const peer = peers.find((each) => each.peer === row.times.peer)
    const { factor } = row.times
    if (peer) list.push(goal(`at least ${factor} × ${peer.title}`, factor, mine / rate(row, peer)))
  }
  return list
}
