import styles from './explore.module.css'
import type { ExploreAnswer } from './use-explore-data.ts'

/** More than this would hold up the browser for seconds. */
const MOST_CHARS = 300_000

/** The answers as they came. */
export function JsonView({ answers }: { readonly answers: readonly ExploreAnswer[] }) {
  return answers.map(({ letter, answer }) => {
    const text = answer ? JSON.stringify(answer.data, undefined, 2) : ''
    const isCut = text.length > MOST_CHARS
    return (
      <pre
        key={letter}
        className={styles['json']}
        role="region"
        aria-label={`Answer to query ${letter}`}
        tabIndex={0}
      >
        {isCut
          ? `${text.slice(0, MOST_CHARS)}\n… ${text.length - MOST_CHARS} more characters`
          : text}
      </pre>
    )
  })
}
