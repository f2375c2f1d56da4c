# A small invented set of persons, in the shape of the panel's tables: what `answers.R` and sigpanel both read.
#
# It holds on purpose what analyses stumble over: ties (most lengths are multiples of 30 days), left truncation, several
# returns, a discharge on the day of enrolment, a return on the day of discharge, renewed decisions and transfers that are
# no returns, persons who are lost, a register that was not asked about everybody, several events on one day, and time
# deprived of liberty that begins on the day of an event.
#
#     Rscript people.R FOLDER
folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(20260224)
day <- as.Date
n <- 160
episodes <- list()
persons <- list()
outcomes <- list()
# Until when a district reports is the district's: so long is everybody watched who was enrolled there.
reports_until <- list(farsta = day("2025-12-31"), jarva = day("2024-12-31"), skarholmen = day("2023-12-31"))
reasons <- c("goals_met", "not_willing", "unreachable", "deprived_of_liberty", "other_measure", "relapse", NA)
for (i in seq_len(n)) {
  id <- sprintf("p%03d", i)
  sex <- sample(c("male", "female"), 1, prob = c(.7, .3))
  district <- sample(names(reports_until), 1, prob = c(.5, .3, .2))
  until <- reports_until[[district]]
  is_prevalent <- i %% 6 == 0
  from <- day("2022-01-01")
  began <- if (is_prevalent) from - sample(c(30, 60, 200, 400), 1) else from + 30 * sample(0:22, 1) + sample(c(0, 0, 7), 1)
  flag <- "first"
  for (k in 1:4) {
    length <- sample(c(0, 30, 60, 90, 90, 180, 180, 360, 540, 720), 1)
    if (k == 1 && is_prevalent) length <- as.integer(from - began) + sample(c(30, 60, 90, 360), 1)
    ended <- began + length
    is_closed <- ended <= until
    status <- if (is_closed) "closed" else if (i %% 11 == 0) "lost" else "ongoing"
    seen <- if (is_closed) ended else if (status == "lost") max(began, until - 365) else until
    episodes[[length(episodes) + 1]] <- data.frame(
      person_id = id, episode_id = sprintf("%s-%d", id, k), episode_no = k, programme = "unga",
      district = district, sex = sex,
      enrolled_on = began, discharged_on = if (is_closed) ended else NA, status = status,
      observed_from = max(began, from), observed_until = seen,
      discharge_reason = if (is_closed) sample(reasons, 1) else NA,
      is_left_truncated = began < from, is_reenrolment = flag %in% c("return", "renewal"),
      is_renewal = flag == "renewal", is_transfer = flag == "transfer")
    if (!is_closed || runif(1) < .4) break
    flag <- sample(c("return", "renewal", "transfer"), 1, prob = c(.8, .1, .1))
    gap <- if (flag == "return") sample(c(0, 1, 30, 60, 90, 180, 365), 1) else sample(c(0, 7, 14), 1)
    if (ended + gap > until) break
    began <- ended + gap
  }
  persons[[i]] <- data.frame(person_id = id, observed_until = until)
  search <- if (i %% 9 == 0) "no_number" else "searched"
  persons[[i]]$search <- search
  if (search == "searched") {
    first <- Filter(function(e) e$person_id == id, episodes)[[1]]$enrolled_on
    told <- sort(first + sample(-100:1300, rpois(1, 2)))
    if (length(told) > 0 && runif(1) < .3) told <- c(told, told[1])
    for (one in as.list(told)) {
      outcomes[[length(outcomes) + 1]] <- data.frame(
        person_id = id, outcome = "suspicion", happened_on = day(one), until_on = day(NA))
    }
    if (length(told) > 0 && runif(1) < .35) {
      at <- day(told[length(told)])
      outcomes[[length(outcomes) + 1]] <- data.frame(
        person_id = id, outcome = "deprivation", happened_on = at, until_on = at + sample(c(30, 90, 200, NA), 1))
    }
    if (runif(1) < .06) {
      outcomes[[length(outcomes) + 1]] <- data.frame(
        person_id = id, outcome = sample(c("death", "emigration"), 1), happened_on = first + sample(200:1200, 1),
        until_on = day(NA))
    }
  }
}
persons <- do.call(rbind, persons)
put <- function(frame, name) write.csv(frame, file.path(folder, paste0(name, ".csv")), row.names = FALSE, quote = FALSE, na = "")
put(do.call(rbind, episodes), "episodes")
put(persons[, c("person_id", "observed_until")], "persons")
put(data.frame(person_id = persons$person_id, source = "bra", search = persons$search), "searched")
put(do.call(rbind, outcomes), "outcomes")
put(data.frame(
  outcome = c("suspicion", "deprivation", "death", "emigration"), source = "bra", from_on = "2020-01-01",
  until_on = "2025-06-30", lag_months = c(6, 0, 0, 0), version = "1.0.0", delivery = "one"), "coverage")
