import { describe, expect, it } from 'vitest'
import { Problem } from '../model/problem.ts'
import { VERSION } from '../self/version.ts'
import { ApiError } from './api-client.ts'
import { describeFailure } from './describe-failure.ts'
import { buildProgram } from './program.ts'
import { runCaptured } from './testing/run-captured.ts'
import { UsageError } from './usage-error.ts'

describe('the command line', () => {
  it.each([['version'], ['--version'], ['-V']])('%s prints the version', async (arg) => {
    const { code, out } = await runCaptured(arg)
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^vedette ${VERSION.replaceAll('.', '\\.')}`))
  })

  it.each([[[]], [['--help']], [['-h']]])('%j prints the help', async (args) => {
    const { code, out } = await runCaptured(...args)
    expect(code).toBe(0)
    for (const word of ['start', 'query', 'status', 'check', 'engine', 'completion', 'version']) {
      expect(out).toMatch(new RegExp(`^  ${word} `, 'm'))
    }
    expect(out).toContain('Examples:')
  })

  it('has help for every verb, in lines that fit', async () => {
    const verbs = buildProgram({ code: 0 }).commands.map((command) => command.name())
    for (const verb of verbs) {
      const { code, out } = await runCaptured(verb, '--help')
      expect(code, verb).toBe(0)
      expect(out, verb).toMatch(/^Usage: vedette /)
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
    }
  })

  it('lists the flags of node_exporter apart', async () => {
    const { code, out } = await runCaptured('start', '--help-host')
    expect(code).toBe(0)
    expect(out).toMatch(/On:\n {2}arp /)
    expect(out).toContain('--path.procfs <value>')
    expect((await runCaptured('start', '--help')).out).not.toContain('--path.procfs <')
  })

  it.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['strat'], '(Did you mean start?)'],
    [['start', '--nonsense'], "unknown option '--nonsense'"],
    [['start', '--config.file=prometheus.yml'], '(--config.file of Prometheus is --config here)'],
    [['query', '-up'], 'goes last, behind a bare --'],
    [['start', 'extra'], 'too many arguments'],
    [['start', '--log.level', 'loud'], 'Allowed choices are debug, info, warn, error'],
    [['query'], "missing required argument 'promql'"],
    [['query', 'up', '--legend', 'x'], 'It must be a number from 1 to 9999.'],
    [['query', 'up', '--url', 'nonsense'], '--url (or VEDETTE_URL): must be a URL'],
    [['query', 'up', '--range', 'x'], '--range: must be a duration such as 15m'],
    [['engine'], "required option '--listen <host:port>' not specified"],
    [['engine', '--listen', '9000', '--password-file', 'x'], '--listen: must be HOST:PORT'],
    [['start', '--memory.budget', '1'], '--memory.budget: must be a size with its unit'],
    [['start', '--no-collector.nonsense'], 'there is no collector "nonsense"'],
  ])('%j makes no sense: 2', async (args, message) => {
    const { code, out, err } = await runCaptured(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
    expect(out).toBe('')
    expect(err).not.toMatch(/^ {4}at /m)
  })

  it.each([
    [['start', '--config', '/nonsense/x.yml'], '/nonsense/x.yml: there is no such file or folder'],
    [
      ['engine', '--listen', '127.0.0.1:0', '--password-file', '/nonsense'],
      '--password-file: /nonsense cannot be read',
    ],
    [
      ['status', '--url', 'http://127.0.0.1:1'],
      'cannot reach http://127.0.0.1:1: nothing listens there',
    ],
  ])('%j fails: 1', async (args, message) => {
    const { code, err } = await runCaptured(...args)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toMatch(/^ {4}at /m)
  })
})

describe('a failure', () => {
  it.each([
    [new Problem('internal', 'a'), 'a'],
    [new ApiError('b'), 'b'],
    [new UsageError('c'), 'c'],
    [new TypeError('d'), 'unexpected: d (a fault of this program; VEDETTE_STACK=1 shows where)'],
    ['e', 'unexpected: e (a fault of this program; VEDETTE_STACK=1 shows where)'],
  ])('is one line', (thrown, text) => expect(describeFailure(thrown)).toBe(text))
})
