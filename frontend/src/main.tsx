import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { nonce } from './app/nonce';
import { loadFirstWords } from './i18n';
import './app/global.css';

// For the libraries below Mantine that add styles by themselves.
setNonce(nonce());

async function start() {
  const root = document.getElementById('root');
  await loadFirstWords();
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
