import { Card, Page } from '../shell/page.tsx'
import { EmptyState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Card>
        <EmptyState title="There is no page at this address">
          <TextLink to="/">Go home</TextLink>
        </EmptyState>
      </Card>
    </Page>
  )
}
