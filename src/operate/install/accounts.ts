import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import type { Owner, StepResult } from './file-step.ts'

/** Its members read the logs and the journal (Debian's names; where one is missing, it is not asked for). */
const READING_GROUPS = ['adm', 'systemd-journal']

/** The numbers of an account in `etc/passwd` below `root`; undefined when there is none of that name. */
export function findAccount(root: string, user: string): Owner | undefined {
  const fields = readTable(path.join(root, 'etc/passwd')).find(([name]) => name === user)
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])]
  return Number.isInteger(uid) && Number.isInteger(gid) ? { uid, gid } : undefined
}

/** Those of the groups that exist below `root`. */
export function findReadingGroups(root: string): readonly string[] {
  const names = new Set(readTable(path.join(root, 'etc/group')).map(([name]) => name))
  return READING_GROUPS.filter((name) => names.has(name))
}

/** Makes the system account of the service with `useradd`. Throws a `Problem` with what that program said. */
export function makeAccount(user: string, home: string): StepResult {
  const args = ['--system', '--user-group', '--home-dir', home, '--no-create-home']
  const shell = existsSync('/usr/sbin/nologin') ? '/usr/sbin/nologin' : '/bin/false'
  const made = spawnSync('useradd', [...args, '--shell', shell, '--', user], { encoding: 'utf8' })
  if (made.status !== 0) {
    const reason = made.error?.message ?? made.stderr.trim()
    throw new Problem('execution', `the account ${user} cannot be made with useradd: ${reason}`)
  }
  return { outcome: 'created', what: `account ${user}` }
}

function readTable(file: string): readonly (readonly string[])[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
  } catch {
    return []
  }
}
