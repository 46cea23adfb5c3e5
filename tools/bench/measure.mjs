/** Rounds of one row: the limits right before each contender, everybody's work checked to be the same. */
import { contendersOf, titleOf } from './contenders.mjs'
import { perform } from './stage.mjs'
import { summary } from './statistics.mjs'

/** What a contender left must be what C left; a list must hold as many objects as C saw. */
function compare(contender, row, mine, limit) {
  const same = mine.digest === limit.digest && mine.left === limit.left
  const whole = mine.objects === undefined || limit.objects === undefined || mine.objects === limit.objects
  if (same && whole) return
  const tell = ({ left, digest, objects }) => JSON.stringify({ left, digest, objects })
  throw new Error(`${row.name}: ${contender.id} did ${tell(mine)}, C did ${tell(limit)}`)
}

/** Measures a row; returns the limits' and the contenders' times (ns a step) and the ratios of the two. */
export async function measureRow(setup, row) {
  const count = Math.max(row.limits[0] === 'one' ? 5 : 100, Math.round(row.count * setup.scale))
  const contenders = contendersOf(setup.limit, row, count, setup.commands, setup.wanted)
  const spent = Object.fromEntries([...row.limits, ...contenders.map(({ id }) => id)].map((id) => [id, []]))
  const cold = Object.fromEntries(contenders.map(({ id }) => [id, []]))
  const ratios = Object.fromEntries(
    contenders.map(({ id }) => [id, Object.fromEntries(row.limits.map((how) => [how, []]))]),
  )
  const failures = {}
  for (let round = 0; round < setup.rounds; round++) {
    for (const contender of contenders.filter(({ id }) => !failures[id])) {
      setup.progress(`${row.name} ${round + 1}/${setup.rounds} ${contender.id}`)
      const own = contender.count ?? count
      const before = {}
      for (const how of row.limits) {
        before[how] = await perform(setup.limit, row.name, own, [setup.limit, how, row.name, String(own)])
        if (own === count) spent[how].push(before[how].ns / own)
      }
      try {
        const mine = await perform(setup.limit, row.name, own, contender.command)
        compare(contender, row, mine, before[row.limits[0]])
        spent[contender.id].push(mine.ns / own)
        if (mine.cold) cold[contender.id].push(mine.cold / count)
        for (const how of row.limits) ratios[contender.id][how].push(before[how].ns / mine.ns)
      } catch (error) {
        failures[contender.id] = (error.stderr || error.message).trim()
      }
    }
  }
  const median = (values) => (values.length > 0 ? summary(values) : undefined)
  return {
    ...row,
    count,
    limitTimes: Object.fromEntries(row.limits.map((how) => [how, median(spent[how])])),
    contenders: contenders.map((contender) => ({
      id: contender.id,
      title: titleOf(contender, row),
      peer: contender.peer,
      driver: contender.driver,
      input: contender.input,
      time: median(spent[contender.id]),
      cold: median(cold[contender.id]),
      ratios: Object.fromEntries(row.limits.map((how) => [how, median(ratios[contender.id][how])])),
      failure: failures[contender.id],
    })),
  }
}
