import { callApi } from './api-client.ts'

interface Runtime {
  readonly startTime: string
  readonly storageRetention: string
  readonly [key: string]: unknown
}

interface Target {
  readonly scrapePool: string
  readonly health: string
  readonly scrapeUrl: string
  readonly lastError: string
}

/** `vedette status`: what runs, what is watched, and what is wrong. Resolves to the exit code: 0 when all targets are up. */
export async function runStatus(url: string, write: (text: string) => void): Promise<number> {
  const [build, runtime, targets] = await Promise.all([
    callApi<{ version: string }>(url, '/api/v1/status/buildinfo'),
    callApi<Runtime>(url, '/api/v1/status/runtimeinfo'),
    callApi<{ activeTargets: readonly Target[] }>(url, '/api/v1/targets?state=active'),
  ])
  write(`Vedette ${build.data.version} at ${url}\n`)
  write(`  started    ${runtime.data.startTime}\n`)
  write(`  retention  ${runtime.data.storageRetention}\n`)
  const down = targets.data.activeTargets.filter((target) => target.health === 'down')
  write(`  targets    ${targets.data.activeTargets.length - down.length} of ${targets.data.activeTargets.length} up\n`)
  for (const target of down) write(`    down  ${target.scrapePool}  ${target.scrapeUrl}  ${target.lastError}\n`)
  return down.length === 0 ? 0 : 1
}
