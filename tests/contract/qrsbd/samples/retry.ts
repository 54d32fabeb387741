async function apiWithRetry(path: string, init?: RequestInit, retries = 3) {
  for (let i = 0; i < retries; i++) {
    const res = await fetch(`https://qrs.bd/api/v1${path}`, {
      ...init,
      headers: {
        Authorization: `Bearer ${process.env.QRSBD_API_KEY}`,
        "Content-Type": "application/json",
        ...init?.headers,
      },
    });

    if (res.status === 429) {
      const reset = Number(res.headers.get("X-RateLimit-Reset") ?? 0);
      const wait  = Math.max(reset - Date.now(), 1_000);
      console.log(`Rate limited — retrying in ${wait}ms`);
      await new Promise(r => setTimeout(r, wait));
      continue;
    }

    return res.json();
  }
  throw new Error("Max retries exceeded");
}
