// Counts down, then follows the link; "Stay here" stops it (WCAG 2.2.1).
const dial = document.querySelector("[data-seconds]");
const link = document.getElementById("continue");
const stop = document.getElementById("stop");
const status = document.getElementById("status");
const number = dial.querySelector("b");
const arc = dial.querySelector(".left");
const total = Number(dial.dataset.seconds);
const circle = arc.getTotalLength();
const started = performance.now();
arc.style.strokeDasharray = circle;
const timer = setInterval(() => {
  const left = total - (performance.now() - started) / 1000;
  number.textContent = Math.max(0, Math.ceil(left));
  arc.style.strokeDashoffset = circle * (1 - Math.max(0, left) / total);
  if (left <= 0) {
    clearInterval(timer);
    location.replace(link.href);
  }
}, 100);
stop.hidden = false;
stop.addEventListener("click", () => {
  clearInterval(timer);
  stop.hidden = true;
  status.textContent = stop.dataset.stopped;
  link.focus();
});
