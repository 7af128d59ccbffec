import { describe, expect, it } from 'vitest'
import { compileRelabel, DEFAULT_RELABEL, type RelabelConfig } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import {
  decideTarget,
  type JobDefaults,
  type TargetDecision,
  type TargetSpec,
} from './target-labels.ts'

type Rule = Partial<RelabelConfig>

function decide(
  found: Record<string, string>,
  rules: Rule[] = [],
  job: Partial<JobDefaults> = {},
): TargetDecision {
  const relabeler = compileRelabel(rules.map((rule) => ({ ...DEFAULT_RELABEL, ...rule })))
  return decideTarget(Labels.from(found), {
    jobName: 'job',
    scrapeIntervalMs: 15_000,
    scrapeTimeoutMs: 10_000,
    metricsPath: '/metrics',
    scheme: 'http',
    params: {},
    relabel: (labels) => relabeler.apply(labels),
    ...job,
  })
}

function keep(...args: Parameters<typeof decide>): TargetSpec {
  const decision = decide(...args)
  if (decision.kind !== 'keep') throw new Error(JSON.stringify(decision))
  return decision.target
}

describe('a target', () => {
  it('gets the defaults of its job, and its address as instance', () => {
    const target = keep({ __address__: '1.2.3.4:1000', custom: 'value' }, [], { scheme: 'https' })
    expect(target.labels.toObject()).toEqual({
      custom: 'value',
      instance: '1.2.3.4:1000',
      job: 'job',
    })
    expect(target.discovered.toObject()).toEqual({
      __address__: '1.2.3.4:1000',
      __metrics_path__: '/metrics',
      __scheme__: 'https',
      __scrape_interval__: '15s',
      __scrape_timeout__: '10s',
      custom: 'value',
      job: 'job',
    })
    expect(target).toMatchObject({
      url: 'https://1.2.3.4:1000/metrics',
      address: '1.2.3.4:1000',
      intervalMs: 15_000,
      timeoutMs: 10_000,
    })
  })

  it('keeps what discovery said over the defaults of the job', () => {
    const target = keep(
      {
        __address__: '1.2.3.4',
        __scheme__: 'https',
        __metrics_path__: '/custom',
        __scrape_interval__: '2m',
        __scrape_timeout__: '1m30s',
        __param_module: 'own',
        job: 'custom-job',
        instance: 'custom-instance',
      },
      [],
      { params: { module: ['default'] } },
    )
    expect(target.labels.toObject()).toEqual({ instance: 'custom-instance', job: 'custom-job' })
    expect(target.url).toBe('https://1.2.3.4/custom?module=own')
    expect([target.intervalMs, target.timeoutMs]).toEqual([120_000, 90_000])
  })

  it('is what relabelling makes of it: the way of the blackbox exporter', () => {
    const target = keep(
      { __address__: 'https://example.com/a' },
      [
        { sourceLabels: ['__address__'], targetLabel: '__param_target' },
        { sourceLabels: ['__param_target'], targetLabel: 'instance' },
        { targetLabel: '__address__', replacement: 'blackbox:9115' },
      ],
      { metricsPath: '/probe', params: { module: ['http_2xx'] } },
    )
    expect(target.url).toBe(
      'http://blackbox:9115/probe?module=http_2xx&target=https%3A%2F%2Fexample.com%2Fa',
    )
    expect(target.labels.toObject()).toEqual({ instance: 'https://example.com/a', job: 'job' })
  })

  it('shows meta labels before relabelling only', () => {
    const target = keep({ __address__: 'a:1', __meta_filepath: '/t.yml', __tmp_x: '1' })
    expect(target.discovered.get('__meta_filepath')).toBe('/t.yml')
    expect(target.labels.toObject()).toEqual({ instance: 'a:1', job: 'job' })
  })

  it('is dropped by a rule', () => {
    const decision = decide({ __address__: 'a:1', env: 'dev' }, [
      { action: 'drop', sourceLabels: ['env'], regex: 'dev' },
    ])
    expect(decision).toMatchObject({ kind: 'drop' })
    expect(decision.kind === 'drop' && decision.discovered.get('job')).toBe('job')
  })

  it.each<[string, Record<string, string>, string]>([
    ['no address', { custom: 'value' }, 'no address'],
    ['a URL as address', { __address__: 'http://a:1/m' }, '"http://a:1/m" is not a valid hostname'],
    [
      'no duration as interval',
      { __address__: 'a:1', __scrape_interval__: '2notseconds' },
      'error parsing scrape interval: not a valid duration string: "2notseconds"',
    ],
    [
      'no duration as timeout',
      { __address__: 'a:1', __scrape_timeout__: '1' },
      'error parsing scrape timeout: not a valid duration string: "1"',
    ],
    [
      '0 as interval',
      { __address__: 'a:1', __scrape_interval__: '0s' },
      'scrape interval cannot be 0',
    ],
    ['0 as timeout', { __address__: 'a:1', __scrape_timeout__: '0' }, 'scrape timeout cannot be 0'],
    [
      'a timeout above the interval',
      { __address__: 'a:1', __scrape_interval__: '1s', __scrape_timeout__: '2s' },
      'scrape timeout cannot be greater than scrape interval ("2s" > "1s")',
    ],
  ])('cannot be scraped with %s', (_, found, message) => {
    expect(decide(found)).toMatchObject({ kind: 'fault', message })
  })

  it('without any label left is a fault and not a wish', () => {
    const decision = decide({ __address__: 'a:1' }, [{ action: 'labeldrop', regex: '.*' }])
    expect(decision).toMatchObject({ kind: 'fault', message: 'no address' })
  })

  it('takes no interval from a label that was emptied', () => {
    const decision = decide({ __address__: 'a:1' }, [
      { targetLabel: '__scrape_interval__', replacement: '' },
    ])
    expect(decision).toMatchObject({
      message: 'error parsing scrape interval: empty duration string',
    })
  })
})
