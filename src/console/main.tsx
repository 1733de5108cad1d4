/** The web console: starts it in the page that the server gives. */
import '@mantine/core/styles.css'
import '@mantine/core/styles/default-css-variables.css'
import './app/console.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { z } from 'zod'
import { Console } from './app/console.tsx'

// The policy of the page forbids code made of text.
z.config({ jitless: true })

const place = document.getElementById('root')
if (place === null) throw new Error('the page has no place for the console')
createRoot(place).render(
  <StrictMode>
    <Console />
  </StrictMode>,
)
