import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCaptured } from './testing/run-captured.ts'

const { out: script } = await runCaptured('completion', 'bash')

/** What bash offers for the last of these words. */
function complete(...words: string[]): string[] {
  const program = `${script}
COMP_WORDS=(vedette "$@"); COMP_CWORD=$#; _vedette; printf '%s\\n' "\${COMPREPLY[@]}"`
  const offered = execFileSync('bash', ['-c', program, 'bash', ...words], { encoding: 'utf8' })
  return offered.split('\n').filter((word) => word !== '')
}

describe('completion in bash', () => {
  it.each<[string[], string[]]>([
    [
      [''],
      [
        'start',
        'agent',
        'engine',
        'import',
        'doctor',
        'try',
        'install',
        'uninstall',
        'deploy',
        'backup',
        'restore',
        'move',
        'archive',
        'downgrade',
        'stop',
        'restart',
        'query',
        'logs',
        'traces',
        'trace',
        'status',
        'capacity',
        'health',
        'alerts',
        'alert',
        'test-alert',
        'silence',
        'rules',
        'dashboards',
        'packs',
        'user',
        'token',
        'demo',
        'load',
        'check',
        'test',
        'completion',
        'version',
      ],
    ],
    [['st'], ['start', 'stop', 'status']],
    [
      ['check', ''],
      ['config', 'rules', 'alertmanager', 'promtail', 'loki', 'otel', 'tempo', 'blackbox'],
    ],
    [
      ['user', 'add', 'x', '--role', ''],
      ['viewer', 'editor', 'admin'],
    ],
    [['check', 'config', '--s'], ['--syntax-only']],
    [['query', 'up', '--o'], ['--output']],
    [
      ['query', '-o', ''],
      ['chart', 'table', 'json'],
    ],
    [
      ['logs', '--f'],
      ['--from', '--follow'],
    ],
    [
      ['logs', '-o', ''],
      ['table', 'raw', 'json'],
    ],
    [['logs', ''], ['replay']],
    [['logs', 'replay', 'x', '--dr'], ['--dry-run']],
    [['start', '--log.level', 'w'], ['warn']],
    [['start', '--data', 'x', '--listen.'], ['--listen.prometheus']],
    [
      ['start', '--no-collector.ar'],
      ['--no-collector.arp', '--no-collector.arp.netlink'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('%j offers %j', (words, offered) => expect(complete(...words)).toEqual(offered))

  it.each([[['start', '--config', '']], [['check', 'config', 'v']], [['query', '--range', '']]])(
    '%j offers nothing itself, so that the shell completes files',
    (words) => expect(complete(...words)).toEqual([]),
  )
})

describe('completion in other shells', () => {
  it.each(['zsh', 'fish'])('is a script that %s can read', async (shell) => {
    const { code, out } = await runCaptured('completion', shell)
    expect(code).toBe(0)
    expect(out).toContain('syntax-only')
    const folder = mkdtempSync(path.join(tmpdir(), 'completion-'))
    writeFileSync(path.join(folder, 'script'), out)
    const parsed = spawnSync(shell, ['-n', path.join(folder, 'script')], { encoding: 'utf8' })
    rmSync(folder, { recursive: true })
    if (parsed.error) {
      console.log(`notice: ${shell} is not installed here, its completion script was not parsed`)
      return
    }
    expect(parsed.stderr).toBe('')
    expect(parsed.status).toBe(0)
  })

  it('does not exist for unknown shells', async () => {
    const { code, err } = await runCaptured('completion', 'tcsh')
    expect(code).toBe(2)
    expect(err).toContain('Allowed choices are bash, zsh, fish')
  })
})
