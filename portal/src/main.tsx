// Starts the portal's front end. The nonce comes from the page and goes to everything that injects a style element.
import './api/zodSetUp.ts';
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { App } from './App.tsx';
import { createApi } from './api/client.ts';
import { ApiContext, createQueryClient } from './api/queries.ts';
import { cssVariables, theme } from './theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The scroll lock of dialogs takes its nonce from this global (get-nonce).
Object.assign(window, { __webpack_nonce__: nonce });

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root element');

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={localStorageColorSchemeManager({ key: 'sallyport-colour-scheme' })}
      getStyleNonce={() => nonce}
    >
      <Notifications position="top-center" limit={3} />
      <QueryClientProvider client={createQueryClient()}>
        <ApiContext value={createApi()}>
          <BrowserRouter>
            <App />
          </BrowserRouter>
        </ApiContext>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
