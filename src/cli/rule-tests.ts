import type { Command } from 'commander'
import { runTestFile, type TestFileResult } from '../alert/rules/unit-test/run-test-file.ts'
import { compileSearch } from '../model/regex.ts'
import { messageOf } from '../model/problem.ts'
import { formatFault } from '../yaml/fault.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'
import { describeTestFailure } from './rule-tests-report.ts'
import { UsageError } from './usage-error.ts'

interface TestRulesOptions {
  readonly run: readonly string[]
  readonly ignoreUnknownFields: boolean
  readonly enableFeature?: readonly string[]
}

/** `vedette test rules`: what `promtool test rules` does. */
export function addTest(program: Command, exit: Exit): void {
  program
    .command('test')
    .summary('test rules without a server')
    .description('Tests rules without a server.')
    .command('rules')
    .summary('run unit tests of rules')
    .description(
      "Runs unit tests of rules, written in promtool's format, on series that the tests give. What is missing is shown\n" +
        'behind a -, what was not expected behind a +. Exit code 1 when a test fails.',
    )
    .argument('<file...>', 'files of tests')
    .option('--run <regex...>', 'only the tests whose name one of these matches')
    .option('--ignore-unknown-fields', 'pass over keys that no rule file has', false)
    .option('--enable-feature <names...>', "features of Prometheus's flag of this name, by comma")
    .action(async (files: string[], options: TestRulesOptions) => {
      const isWanted = nameFilter(options.run ?? [])
      const features = (options.enableFeature ?? []).flatMap((names) => names.split(','))
      const read = {
        isWanted,
        ignoreUnknownKeys: options.ignoreUnknownFields,
        delayedNameRemoval: features.includes('promql-delayed-name-removal'),
      }
      for (const file of files) {
        const result = await runTestFile(file, read)
        if (!result.isOk) exit.code = 1
        process.stdout.write(describeResult(file, result))
      }
    })
}

function nameFilter(patterns: readonly string[]): (name: string) => boolean {
  if (patterns.length === 0) return () => true
  try {
    const found = patterns.map(compileSearch)
    return (name) => found.some((regex) => regex.test(name))
  } catch (thrown) {
    throw new UsageError(`--run is not a regular expression: ${messageOf(thrown)}`)
  }
}

function describeResult(file: string, { isOk, faults, tests }: TestFileResult): string {
  const lines = faults.map(formatFault)
  for (const { name, failures } of tests) {
    if (failures.length === 0) continue
    lines.push(`${file}: test ${JSON.stringify(name)} failed:`)
    for (const failure of failures) {
      lines.push(...describeTestFailure(failure).map((line) => `  ${line}`))
    }
  }
  const failed = tests.filter(({ failures }) => failures.length > 0).length
  const errors = faults.filter(({ severity }) => severity === 'error').length
  const bad = errors > 0 ? `${errors} errors in files` : `${failed} of ${tests.length} tests failed`
  lines.push(`${file}: ${isOk ? `good: ${tests.length} tests passed` : `bad: ${bad}`}`)
  return lines.map((line) => `${printable(line)}\n`).join('')
}
