const { data: qr } = await api("/qrcodes", {
  method: "POST",
  body: JSON.stringify({
    target_url: "https://default.example.com",
    title: "Multi-rule Campaign",
    is_dynamic: true,
    smart_rules: [
      // Route US/CA to English site
      { type: "geo", condition: "in",  values: ["US", "CA"], target_url: "https://en.example.com" },
      // iOS → App Store
      { type: "os",  condition: "is",  values: ["iOS"],      target_url: "https://apps.apple.com/app/id123" },
      // Android → Play Store
      { type: "os",  condition: "is",  values: ["Android"],  target_url: "https://play.google.com/..." },
      // A/B: 20% see new landing page
      { type: "ab",  weight: 20,                             target_url: "https://new.example.com" },
      // Business hours (Eastern Time)
      {
        type: "time",
        timezone: "America/New_York",
        startTime: "09:00",
        endTime: "17:00",
        activeDays: [1, 2, 3, 4, 5],
        target_url: "https://example.com/chat-now",
      },
    ],
  }),
});
console.log(qr.short_url); // https://r.qrs.bd/...
