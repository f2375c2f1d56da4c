# What R's survival makes of the persons beside: the answers that sigpanel's tables must give through lifelines.
#
# Every table is put together here from episodes and outcomes by loops, `tmerge` and `survSplit`, and by nothing of
# sigpanel; what the two have in common are the rules in docs/followup.md.
#
#     Rscript answers.R FOLDER_OF_PERSONS FOLDER_OF_ANSWERS
suppressPackageStartupMessages(library(survival))
args <- commandArgs(trailingOnly = TRUE)
get <- function(name) read.csv(file.path(args[1], paste0(name, ".csv")), na.strings = "", stringsAsFactors = FALSE)
put <- function(frame, name) {
  is_real <- vapply(frame, is.double, TRUE)
  frame[is_real] <- lapply(frame[is_real], function(x) sprintf("%.12g", x))
  write.csv(frame, file.path(args[2], paste0("r_", name, ".csv")), row.names = FALSE, quote = FALSE)
}
num <- function(x) as.integer(as.Date(x))

episodes <- get("episodes")
for (name in c("enrolled_on", "discharged_on", "observed_from", "observed_until")) episodes[[name]] <- num(episodes[[name]])
persons <- get("persons")
until_of <- setNames(num(persons$observed_until), persons$person_id)
outcomes <- get("outcomes")
outcomes$day <- num(outcomes$happened_on)
outcomes$until <- num(outcomes$until_on)
searched <- get("searched")
searched <- searched$person_id[searched$search == "searched"]

# --- spells: an episode with what renews or continues it -------------------------------------------------------------

spells <- do.call(rbind, lapply(split(episodes, episodes$person_id), function(own) {
  own <- own[order(own$episode_no), ]
  own$spell <- 1 + cumsum(own$is_reenrolment & !own$is_renewal)
  do.call(rbind, lapply(split(own, own$spell), function(part) {
    is_closed <- all(part$status == "closed")
    data.frame(
      id = part$person_id[1], spell = part$spell[1], sex = part$sex[1], district = part$district[1], began = part$enrolled_on[1],
      ended = if (is_closed) max(part$discharged_on) else NA, from = part$observed_from[1], until = max(part$observed_until),
      is_lost = any(part$status == "lost") && !any(part$status == "ongoing"), reason = if (is_closed) part$discharge_reason[which.max(part$discharged_on)] else NA)
  }))
}))
first <- spells[spells$spell == 1, ]
first$male <- as.integer(first$sex == "male")
first$jarva <- as.integer(first$district == "jarva")

# The first and the last day on which a suspicion would have been told, by person; the lag is six months.
last_told <- num(seq(as.Date("2025-06-30"), by = "-6 months", length.out = 2)[2])
window_of <- function(id) {
  if (!(id %in% searched)) return(NA)
  ends <- outcomes$day[outcomes$person_id == id & outcomes$outcome %in% c("death", "emigration") & outcomes$day >= num("2020-01-01")]
  min(c(last_told, ends))
}

# --- one row per person ------------------------------------------------------------------------------------------------

curve <- function(rows, name) {
  rows <- rows[rows$time >= 1 & rows$entry < rows$time, ]
  fit <- survfit(Surv(entry, time, event) ~ 1, data = rows)
  put(data.frame(time = as.integer(fit$time), n_risk = as.integer(fit$n.risk), n_event = as.integer(fit$n.event),
                 n_censor = as.integer(fit$n.censor), survival = fit$surv), name)
  rows
}
exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50)
hazards <- function(fit, name) {
  told <- summary(fit)$coefficients
  se <- if ("robust se" %in% colnames(told)) told[, "robust se"] else told[, "se(coef)"]
  put(data.frame(term = rownames(told), coef = told[, "coef"], se = se, naive_se = told[, "se(coef)"]), name)
}
to_event <- function(rows, day, until, origin, entry = origin, horizon = Inf) {
  since <- pmax(day - origin, 1)
  left <- until - origin
  is_event <- !is.na(since) & since <= pmax(left, 1)
  rows$time <- ifelse(is_event, since, left)
  rows$event <- as.integer(is_event & rows$time <= horizon)
  rows$time <- pmin(rows$time, horizon)
  rows$entry <- pmax(entry - origin, 0)
  rows[!is.na(rows$time), ]
}

discharge <- curve(to_event(first, first$ended, first$until, first$began, first$from), "km_discharge")
hazards(coxph(Surv(entry, time, event) ~ male + jarva, data = discharge, ties = "efron", control = exact), "cox_discharge")

causes <- c(goals_met = "completed", deprived_of_liberty = "taken_over", defector_programme = "taken_over",
            other_measure = "taken_over", not_willing = "broken_off", consent_withdrawn = "broken_off", unreachable = "broken_off",
            police_unsuitable = "broken_off", relapse = "broken_off", other = "broken_off")
levels <- c("completed", "taken_over", "broken_off", "not_known")
cause <- ifelse(is.na(discharge$reason), "not_known", causes[discharge$reason])
discharge$state <- factor(ifelse(discharge$event == 1, cause, "censored"), c("censored", levels))
fit <- survfit(Surv(entry, time, state) ~ 1, data = discharge, id = discharge$id)
put(data.frame(time = as.integer(fit$time), setNames(data.frame(fit$pstate[, -1]), fit$states[-1])), "aalen_johansen")

ended <- first[!is.na(first$ended), ]
returned <- function(rows, buffer) mapply(function(id, ended) {
  later <- spells$began[spells$id == id & spells$spell > 1]
  later <- later[if (buffer > 0) later > ended + buffer else later >= ended]
  if (length(later)) min(later) else NA
}, rows$id, rows$ended)
# Whoever came back in the buffer and is in when it ends cannot come back in what follows.
is_in_again <- mapply(function(id, ended) {
  later <- spells[spells$id == id & spells$spell > 1, ]
  any(later$began <= ended + 30 & (is.na(later$ended) | later$ended > ended + 30))
}, ended$id, ended$ended)
for (buffer in c(0, 30)) {
  followed <- if (buffer > 0) ended[!is_in_again, ] else ended
  rows <- to_event(followed, returned(followed, buffer), until_of[followed$id], followed$ended + buffer, horizon = 730)
  rows <- curve(rows, paste0("km_return_", buffer))
  if (buffer == 0) back <- rows
}
# Person-periods of 180 days: how many are at risk in each, how many days, how many returns.
parts <- survSplit(Surv(entry, time, event) ~ ., data = back, cut = 180 * (1:6), episode = "period")
counts <- aggregate(cbind(n = 1, days = parts$time - parts$entry, events = parts$event), list(period = parts$period), sum)
put(data.frame(lapply(counts, as.integer)), "person_periods")

suspected <- mapply(function(id, ended) {
  days <- outcomes$day[outcomes$person_id == id & outcomes$outcome == "suspicion"]
  days <- days[days > ended]
  if (length(days)) min(days) else NA
}, ended$id, ended$ended)
rows <- curve(to_event(ended, suspected, sapply(ended$id, window_of), ended$ended), "km_suspicion")

# --- (start, stop] -------------------------------------------------------------------------------------------------------

# Days on which somebody comes in or goes out, each strictly after the one before.
changes <- do.call(rbind, lapply(split(spells, spells$id), function(own) {
  day <- as.vector(rbind(own$began, ifelse(own$is_lost, own$until, own$ended))) - own$began[1]
  # 9: nobody knows, since the district has lost sight of the person.
  state <- as.vector(rbind(1, ifelse(own$is_lost, 9, 0)))
  spell <- rep(own$spell, each = 2)
  keep <- !is.na(day)
  day <- day[keep]
  for (i in seq_along(day)[-1]) day[i] <- max(day[i], day[i - 1] + 1)
  data.frame(id = own$id[1], day = day, state = state[keep], spell = spell[keep])
}))

process <- function(until, days) {
  base <- data.frame(id = first$id, male = first$male, since = pmax(first$from - first$began, 0), until = until - first$began)
  base <- base[!is.na(base$until) & base$until > base$since, ]
  # tmerge begins at 0; what lies before somebody was seen is cut away after.
  told <- tmerge(base[, c("id", "male")], base, id = id, tstop = until)
  own <- changes[changes$id %in% base$id, ]
  told <- tmerge(told, own, id = id, in_insats = tdc(day, state), spell = tdc(day, spell))
  days <- unique(days[days$id %in% base$id, ])
  told <- tmerge(told, days, id = id, event = event(day))
  told <- merge(told, base[, c("id", "since")], by = "id")
  told <- told[told$tstop > told$since, ]
  told$tstart <- pmax(told$tstart, told$since)
  told[order(told$id, told$tstart), ]
}
# Of rows that differ in nothing, and of which the first ends with no event, one.
joined <- function(rows) {
  out <- rows[1, ]
  for (i in seq_len(nrow(rows))[-1]) {
    at <- nrow(out)
    is_same <- rows$id[i] == out$id[at] && rows$tstart[i] == out$tstop[at] && out$event[at] == 0 &&
      rows$in_insats[i] == out$in_insats[at] && rows$spell[i] == out$spell[at]
    if (is_same) {
      out$tstop[at] <- rows$tstop[i]
      out$event[at] <- rows$event[i]
    } else out <- rbind(out, rows[i, ])
  }
  out
}
told_rows <- function(rows, name) put(data.frame(
  person_id = rows$id, start = as.integer(rows$tstart), stop = as.integer(rows$tstop), event = as.integer(rows$event),
  in_insats = ifelse(rows$in_insats == 9, "", rows$in_insats), spell_no = as.integer(rows$spell)), name)

returns <- changes[changes$state == 1 & changes$spell > 1, c("id", "day")]
rows <- joined(process(until_of[first$id], returns))
told_rows(rows, "process_return")
# Who is in cannot come back: only rows outside are at risk.
hazards(coxph(Surv(tstart, tstop, event) ~ male, data = rows[rows$in_insats == 0, ], cluster = id, ties = "efron", control = exact), "cox_return")

# Of a suspicion, as long as both the register and the district tell; and of those who are at liberty.
both <- pmin(sapply(first$id, window_of), until_of[first$id])
days <- outcomes[outcomes$outcome == "suspicion", ]
days <- data.frame(id = days$person_id, day = days$day - first$began[match(days$person_id, first$id)])
rows <- process(both, days[days$day > 0, ])
locked <- outcomes[outcomes$outcome == "deprivation", ]
at <- match(locked$person_id, first$id)
locked <- data.frame(id = locked$person_id, from = locked$day - first$began[at],
                     to = ifelse(is.na(locked$until), 1e6, locked$until - 1 - first$began[at]))
free <- do.call(rbind, lapply(seq_len(nrow(rows)), function(i) {
  row <- rows[i, ]
  own <- locked[locked$id == row$id & locked$from < row$tstop & locked$to > row$tstart & locked$to > locked$from, ]
  if (nrow(own) == 0) return(row)
  before <- after <- row
  before$tstop <- own$from
  before$event <- 0
  after$tstart <- own$to
  parts <- rbind(before, after)
  parts[parts$tstart < parts$tstop & parts$tstart >= row$tstart & parts$tstop <= row$tstop, ]
}))
free <- joined(free)
told_rows(free, "process_suspicion")
hazards(coxph(Surv(tstart, tstop, event) ~ in_insats + male, data = free[free$in_insats != 9, ], cluster = id, ties = "efron", control = exact), "cox_suspicion")
