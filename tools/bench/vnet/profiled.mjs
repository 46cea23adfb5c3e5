/** Runs a function under the profiler of `node --cpu-prof`, but of the function alone, and writes a `.cpuprofile`. */
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'

/** Without a file the function just runs. */
export async function profiled(file, body) {
  if (!file) return body()
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 100 })
  await session.post('Profiler.start')
  const result = await body()
  const { profile } = await session.post('Profiler.stop')
  writeFileSync(file, JSON.stringify(profile))
  return result
}
