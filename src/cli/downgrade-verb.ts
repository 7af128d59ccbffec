import path from 'node:path'
import type { Command } from 'commander'
import { messageOf, Problem } from '../model/problem.ts'
import { bringBack, listUpgradeBackups } from '../operate/upgrade/upgrade-backups.ts'
import { lockDataDir } from '../start-upgrade.ts'
import { formatMinute } from './table.ts'
import { ownTerminal, type Terminal } from './terminal.ts'

interface DowngradeOptions {
  readonly data: string
  readonly yes?: boolean
  readonly withoutArchive?: boolean
}

/** `vedette downgrade`. */
export function addDowngrade(program: Command): void {
  program
    .command('downgrade')
    .summary('go back to the data of before an upgrade')
    .description(
      'Brings back what was in the data directory before the last upgrade, for the older program to go on with. What came since is\n' +
        'not in it: it is laid aside in the data directory, not removed. The server must not run.',
    )
    .requiredOption('--data <folder>', 'the data directory')
    .option('--yes', 'do it; without it you are told what would be done')
    .option(
      '--without-archive',
      'go back although the older program would not see what lies in the archive',
    )
    .action((options: DowngradeOptions) => runDowngrade(options, ownTerminal()))
}

function runDowngrade(
  { data, yes = false, withoutArchive = false }: DowngradeOptions,
  terminal: Terminal,
): void {
  const folder = path.resolve(data)
  const [backup] = listUpgradeBackups(folder)
  if (backup !== undefined && !yes) {
    terminal.write(
      `Before the upgrade of ${formatMinute(backup.takenMs)} the tables had version ${backup.schema} (Vedette ${backup.note.program}).\n` +
        `What came since then would be laid aside. To do it: vedette downgrade --data ${data} --yes\n`,
    )
    return
  }
  const lock = lockDataDir(folder)
  try {
    const { aside } = bringBack(folder, terminal.nowMs(), { isArchiveLeft: withoutArchive })
    terminal.write(
      `${folder} is as it was before the upgrade; start the older program on it.\nWhat was there is in ${aside}: remove that when it is not needed any more.\n`,
    )
  } catch (thrown) {
    if (thrown instanceof Problem) throw thrown
    throw new Problem(
      'unavailable',
      `${folder} could not be changed: ${messageOf(thrown)}; run this again`,
    )
  } finally {
    lock.release()
  }
}
