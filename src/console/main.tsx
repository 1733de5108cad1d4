/** The web console: starts it in the page that the server gives. */
// First of all: what the others rely on.
import './app/without-code.ts'
import './app/trusted-types.ts'

import '@mantine/core/styles.css'
import './app/console.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Console } from './app/console.tsx'
import { returnFocusAfterDialogs } from './app/focus-return.ts'

const place = document.getElementById('root')
if (place === null) throw new Error('the page has no place for the console')
returnFocusAfterDialogs()
createRoot(place).render(
  <StrictMode>
    <Console />
  </StrictMode>,
)
