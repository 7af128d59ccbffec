import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Exporter } from './exporter.ts'

/** A job with one target. */
export interface Job {
  name: string
  target: string
  path?: string
  /** Other keys of a scrape configuration. */
  more?: Readonly<Record<string, unknown>>
}

/** Writes a `prometheus.yml` (JSON is YAML) and answers its path. Scrapes come every second unless `global` says otherwise. */
export function writeScrapeConfig(
  folder: string,
  jobs: readonly Job[],
  global: Readonly<Record<string, unknown>> = {},
): string {
  const path = join(folder, 'prometheus.yml')
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', ...global },
    scrape_configs: jobs.map(({ name, target, path: metricsPath = '/metrics', more }) => ({
      job_name: name,
      metrics_path: metricsPath,
      static_configs: [{ targets: [target] }],
      ...more,
    })),
  }
  writeFileSync(path, JSON.stringify(config, null, 2))
  return path
}

/** Jobs for pages of one exporter: the job `/html` is named `html`. */
export function jobsOf(exporter: Exporter, paths: readonly string[]): Job[] {
  return paths.map((path) => ({ name: path.slice(1), target: exporter.address, path }))
}
