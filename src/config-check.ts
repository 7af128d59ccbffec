import { locate } from './yaml/locate.ts'
import { readTargetFile } from './collect/config/target-file.ts'
import { loadConfig, type VedetteConfig } from './config.ts'
import { FaultList, type ConfigFault } from './yaml/fault.ts'

export interface CheckOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Only what stands in the files: those that they name need not be there (promtool's `--syntax-only`). */
  readonly syntaxOnly: boolean
}

/** What is said of one file when it is right. */
export interface CheckedFile {
  /** As given. */
  readonly file: string
  readonly ok: boolean
  /** One line: what the file sets up. '' when it is not ok. */
  readonly summary: string
}

export interface CheckResult {
  /** True when no file has an error. */
  readonly ok: boolean
  readonly files: readonly CheckedFile[]
  /** Errors and warnings of all files, for `formatFault`. */
  readonly faults: readonly ConfigFault[]
}

/**
 * What `vedette check config FILE…` does: reads each file (or folder) as `start --config` would, and, unless `syntaxOnly`, also
 * holds it to the files that it names: a missing one is an error here, as in promtool.
 */
export function checkConfig(files: readonly string[], options: CheckOptions): CheckResult {
  const checked = files.map((file) => checkOne(file, options))
  return {
    ok: checked.every((one) => one.ok),
    files: checked.map(({ file, ok, summary }) => ({ file, ok, summary })),
    faults: checked.flatMap((one) => one.faults),
  }
}

function checkOne(
  file: string,
  options: CheckOptions,
): CheckedFile & { readonly faults: readonly ConfigFault[] } {
  const loaded = loadConfig({ path: file, flags: {}, env: options.env })
  const faults = new FaultList()
  for (const fault of loaded.ok ? loaded.warnings : loaded.faults) {
    const isError = fault.kind === 'missing-file' && !options.syntaxOnly
    const isHidden = fault.kind === 'missing-file' && options.syntaxOnly
    if (!isHidden) faults.add(isError ? { ...fault, severity: 'error' } : fault)
  }
  if (loaded.ok && !options.syntaxOnly) checkTargetFiles(loaded.config, faults)
  const ok = loaded.ok && !faults.hasErrors
  return { file, ok, summary: ok ? summarize(loaded.config) : '', faults: faults.items }
}

function checkTargetFiles(config: VedetteConfig, faults: FaultList): void {
  const seen = new Set<string>()
  for (const job of config.prometheus.scrapeConfigs) {
    for (const pattern of job.discovery.file.flatMap((item) => item.files)) {
      for (const file of locate(pattern, '/').files) {
        if (!seen.has(file)) readTargetFile(file, faults)
        seen.add(file)
      }
    }
  }
}

function summarize({ prometheus, rules }: VedetteConfig): string {
  const jobs = prometheus.scrapeConfigs
  const targets = jobs
    .flatMap((job) => job.discovery.static)
    .reduce((sum, group) => sum + group.targets.length, 0)
  return [
    count(jobs.length, 'scrape job'),
    count(targets, 'static target'),
    count(rules.files.length, 'rule file'),
  ].join(', ')
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
