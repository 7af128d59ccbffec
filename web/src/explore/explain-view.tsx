import type { QueryStatsJson } from '../../../src/contract/prometheus.ts'
import { parse } from '../../../src/lang/promql/parse.ts'
import { formatValue, type Unit } from '../format/format-value.ts'
import { explainPlan, type PlanStep } from './explain-plan.ts'
import styles from './explore.module.css'
import type { ExploreAnswer } from './use-explore-data.ts'

/** What each query cost, and how it is evaluated. */
export function ExplainView({ answers }: { readonly answers: readonly ExploreAnswer[] }) {
  return answers.map((answer) => <Explained key={answer.letter} asked={answer} />)
}

function Explained({ asked: { query, answer, letter } }: { readonly asked: ExploreAnswer }) {
  const parsed = parse(query)
  return (
    <section aria-label={`Query ${letter}`}>
      {answer?.stats && <Stats stats={answer.stats} tookMs={answer.tookMs} />}
      {parsed.ok && (
        <ul className={styles['plan']}>
          <Step step={explainPlan(parsed.expr)} />
        </ul>
      )}
    </section>
  )
}

interface StatsProps {
  readonly stats: QueryStatsJson
  readonly tookMs: number
}

function Stats({ stats: { timings, samples }, tookMs }: StatsProps) {
  const rows: readonly (readonly [string, number, Unit])[] = [
    ['Samples read', samples.samplesRead, 'count'],
    ['Samples evaluated', samples.totalQueryableSamples, 'count'],
    ['Most samples at once', samples.peakSamples, 'count'],
    ['Waited in the queue', timings.execQueueTime, 'seconds'],
    ['Read', timings.queryPreparationTime, 'seconds'],
    ['Evaluated', timings.innerEvalTime, 'seconds'],
    ['In all, on the server', timings.execTotalTime, 'seconds'],
    ['Until it was here', tookMs / 1000, 'seconds'],
  ]
  return (
    <dl className={styles['facts']}>
      {rows.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{formatValue(value, unit)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Step({ step }: { readonly step: PlanStep }) {
  return (
    <li>
      {step.what}
      <code>{step.text}</code>
      {step.inputs.length > 0 && (
        <ul>
          {step.inputs.map((input, i) => (
            <Step key={i} step={input} />
          ))}
        </ul>
      )}
    </li>
  )
}
