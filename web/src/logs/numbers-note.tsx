import { Button } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { keepTime, type Search } from '../shell/keep-time.ts'
import { Card } from '../shell/page.tsx'
import { EmptyState } from '../shell/states.tsx'

/** A query that asks for numbers belongs where there are charts. */
export function NumbersNote({ query }: { readonly query: string }) {
  const navigate = useNavigate()
  const explore = (): void =>
    void navigate({
      to: '/explore',
      search: (search: Search) => ({ ...keepTime(search), q: query, lang: 'logql' }),
    })
  return (
    <Card>
      <EmptyState title="This query asks for numbers">
        <p>Explore draws them.</p>
        <Button onClick={explore}>Open in Explore</Button>
      </EmptyState>
    </Card>
  )
}
