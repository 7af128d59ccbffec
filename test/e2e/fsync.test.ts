import { readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { byForm } from './tools/form.ts'
import { hasPrograms, notice, succeeds } from './tools/notice.ts'
import { ownFolder, ownServer } from './tools/owned.ts'
import { RemoteWriter } from './tools/remote-write.ts'
import { writeScrapeConfig } from './tools/scrape-config.ts'
import { Trace, type TracedCall } from './tools/trace.ts'
import { waitFor } from './tools/wait-for.ts'

const pushes = byForm({ short: 10, full: 100 })

const canTrace = ((): boolean => {
  if (!hasPrograms('fsync', { strace: 'strace' })) return false
  if (succeeds('strace', ['-o', '/dev/null', 'true'])) return true
  notice('fsync is skipped: strace may not trace here (ptrace is not permitted)')
  return false
})()

it.runIf(canTrace)('syncs the part and its directory before it acknowledges a push', async () => {
  const folder = ownFolder()
  const server = await ownServer({ configPath: writeScrapeConfig(folder, []) })
  const writer = new RemoteWriter(server.url())
  // Another series is first stored with its labels, in another table; afterwards a push is one insert.
  await writer.store([[{ __name__: 'traced' }, Date.now() - 1000, 0]])
  const table = findTable(server.dataDir, 'samples')
  const trace = await Trace.attach(
    server.listProcesses().map(({ pid }) => pid),
    ['fsync', 'fdatasync', 'rename', 'renameat', 'renameat2', 'write', 'writev', 'sendmsg'],
    join(folder, 'trace'),
  )
  for (let i = 1; i <= pushes; i++) {
    await writer.store([[{ __name__: 'traced' }, Date.now(), i]])
  }
  const countSeen = (): number => trace.calls().filter(isAcknowledgement).length
  await waitFor('the last acknowledgement in the trace', () => countSeen() >= pushes)
  const calls = await trace.stop()
  await writer.close()

  const acknowledgements = calls.filter(isAcknowledgement)
  expect(acknowledgements).toHaveLength(pushes)
  let from = -1
  for (const { began } of acknowledgements) {
    const meanwhile = calls.filter((call) => call.began > from && call.ended < began)
    expect(namesOfDurableParts(meanwhile, table)).not.toEqual([])
    from = began
  }
  console.log(`fsync: each of ${pushes} acknowledgements came after the sync of its part`)
})

function isAcknowledgement({ name, text }: TracedCall): boolean {
  return /^(write|writev|sendmsg)$/.test(name) && text.includes('"HTTP/1.1 204 ')
}

/**
 * Parts of a table whose content was synced, which then got their final name, and whose directory was synced after that:
 * only then does a part survive a loss of power.
 */
function namesOfDurableParts(calls: readonly TracedCall[], table: string): string[] {
  const synced = (path: string, { after = -1, before = Infinity }): boolean =>
    calls.some(
      (call) =>
        /^f(data)?sync$/.test(call.name) &&
        call.path === path &&
        call.began > after &&
        call.ended < before,
    )
  return calls
    .filter(({ name }) => name.startsWith('rename'))
    .flatMap((rename) => {
      const [draft = '', final = ''] = [...rename.text.matchAll(/"([^"]+?)\/?"/g)].map(
        ([, path]) => path,
      )
      const isDurable =
        final.startsWith(table) &&
        synced(`${draft}/data.bin`, { before: rename.began }) &&
        synced(`${draft}/checksums.txt`, { before: rename.began }) &&
        synced(final, { after: rename.ended })
      return isDurable ? [final] : []
    })
}

/** The folder of a table, to which the engine keeps a link by its name. */
function findTable(dataDir: string, table: string): string {
  const databases = join(dataDir, 'engine/db/data')
  for (const database of readdirSync(databases)) {
    if (readdirSync(join(databases, database)).includes(table)) {
      return realpathSync(join(databases, database, table))
    }
  }
  throw new Error(`no table ${table} below ${databases}`)
}
