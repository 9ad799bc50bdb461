"""What a business writes to everybody in the course of a year."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Occasion:
    """An e-mail to all families, sent in the morning of a day of the year.

    `{year}` and `{next_year}` in the subject and the paragraphs are filled in. `button` is the text of its link.
    """

    month: int
    day: int
    subject: str
    paragraphs: tuple[str, ...]
    button: str | None = None
    has_image: bool = False


RIVERSIDE = (
    Occasion(
        1, 5, "Welcome back: the winter session starts this week",
        ("Happy New Year! All classes run on their usual days from today.",
         "Doors open fifteen minutes before each class. Please use the east entrance while we paint the lobby."),
        "See your schedule",
    ),
    Occasion(
        1, 26, "Snow day: no classes tonight",
        ("The city asks everybody to stay off the roads, so we close at 3 PM today.",
         "Every student who misses a class tonight has a make-up token in the portal. It is good until April 30."),
    ),
    Occasion(
        2, 9, "Parents' Night Out: Saturday, 6 to 9 PM",
        ("Drop the kids off for pizza, open gym and a movie, and have an evening for yourselves.",
         "$25 for the first child and $15 for each sibling. Ages 4 to 12. We can take 40 children."),
        "Reserve a place", has_image=True,
    ),
    Occasion(
        2, 23, "Summer Camp {year}: early registration opens March 2",
        ("Eight weeks of gymnastics, swimming and crafts, from June 8 to July 31.",
         "Families who are enrolled today can register one week before everybody else."),
        "Look at the weeks", has_image=True,
    ),
    Occasion(
        3, 9, "Spring break: open gym and extra swim times",
        ("There are no regular classes during spring break. Open gym is from 1 to 4 PM, Monday to Thursday.",
         "The pool is open for families from 10 AM to noon. Bring your own towels."),
    ),
    Occasion(
        3, 30, "Spring session: registration is open",
        ("The spring session runs from April 6 to May 30.",
         "Your current spot is held until Friday. After that we offer it to the waiting list."),
        "Keep our spot",
    ),
    Occasion(
        4, 13, "Nine medals for our Level 3 team",
        ("What a weekend! Our Level 3 team came home with nine medals and a second place on beam.",
         "Thank you to every parent who drove, cheered and braided hair at six in the morning."),
        has_image=True,
    ),
    Occasion(
        4, 27, "Swim level tests, May 4 to 9",
        ("We test all swim levels during the regular lessons of that week.",
         "You will find the result in the portal on Sunday. Nobody has to do anything for it."),
    ),
    Occasion(
        5, 11, "Spring Showcase: what your gymnast needs",
        ("The Spring Showcase is on May 23. Please be at the gym forty minutes before your group's time.",
         "Team leotard, hair tied back, no jewelry. Photos are fine, flash is not."),
        "Running order", has_image=True,
    ),
    Occasion(
        5, 26, "Summer hours start June 1",
        ("From June 1 the front desk is open from 8 AM to 7 PM on weekdays, and from 8 AM to 1 PM on Saturdays.",),
    ),
    Occasion(
        6, 8, "Camp week 1: drop-off, lunch and sunscreen",
        ("Drop-off is from 8:30 to 9 AM at the side door. Whoever picks up must be on your list in the portal.",
         "Please pack lunch, two snacks without nuts, a towel and a water bottle with a name on it."),
        "Check your pick-up list",
    ),
    Occasion(
        6, 29, "Closed on July 4",
        ("We are closed on Independence Day. Classes of that day are made up in the week after.",),
    ),
    Occasion(
        7, 20, "Fall session {year}: your spot is held until August 1",
        ("The fall session starts on August 31. We hold your spot in the same class until August 1.",
         "Would another day suit you better? Ask the front desk, or move the class yourself in the portal."),
        "Keep our spot",
    ),
    Occasion(
        8, 10, "Please renew your waiver for {year}-{next_year}",
        ("Our insurance asks for a new waiver from every family once a year, before the first class of the fall.",
         "It takes two minutes, on a phone as well."),
        "Sign the waiver",
    ),
    Occasion(
        8, 24, "The fall session starts Monday",
        ("Welcome to new and returning families! Class lists are in the portal.",
         "Parking behind the building is for drop-off only. The lot across the street is free after 4 PM."),
        "See your schedule", has_image=True,
    ),
    Occasion(
        9, 14, "Team tryouts on September 26",
        ("Gymnasts who were invited find the time of their tryout in the portal.",
         "Tryouts take ninety minutes. Parents can watch from the gallery."),
    ),
    Occasion(
        9, 28, "The pool is closed on Saturday for maintenance",
        ("The heat exchanger is replaced on Saturday. All swim lessons of that day move to Sunday, same time.",),
    ),
    Occasion(
        10, 12, "Bring a friend week",
        ("From Monday to Saturday every student may bring one friend to class, for free.",
         "The friend's parent fills in a short form at the front desk. That is all."),
        has_image=True,
    ),
    Occasion(
        10, 26, "Halloween open gym: costumes welcome",
        ("Friday from 4 to 7 PM. Foam pit, obstacle course and a costume parade at six.",
         "$10 for each child. No masks and no capes on the equipment, please."),
        "Sign up", has_image=True,
    ),
    Occasion(
        11, 9, "Holiday Showcase: order leotards by November 20",
        ("The Holiday Showcase is on December 12. Leotards ordered by November 20 are here in time.",
         "Not sure about the size? There is a rack to try on at the front desk."),
        "Order a leotard",
    ),
    Occasion(
        11, 23, "Closed for Thanksgiving, Thursday to Saturday",
        ("We are closed from Thanksgiving Day to Saturday, and are back on Monday with the usual schedule.",
         "From all of us: have a good holiday."),
    ),
    Occasion(
        12, 7, "Holiday Showcase: running order and parking",
        ("Doors open at 9 AM. Groups and times are attached to your student in the portal.",
         "Each family has four seats. Grandparents who cannot come can watch the live stream."),
        "Running order", has_image=True,
    ),
    Occasion(
        12, 21, "Winter break: open gym and swim times",
        ("There are no classes from December 24 to January 3.",
         "Open gym is on December 28, 29 and 30, from 10 AM to 1 PM."),
    ),
)  # fmt: skip

HILLTOP = (
    Occasion(
        1, 6, "Spring term starts this week",
        ("We hope you had a good Christmas. Sessions run at the usual times from Tuesday.",),
    ),
    Occasion(
        2, 10, "Half-term: no sessions next week",
        ("The pool belongs to the school during half-term. We are back the Monday after.",),
    ),
    Occasion(
        3, 16, "Easter gala: volunteers wanted",
        ("We need eight timekeepers and two people for the cake stall.", "Tea is on the club."),
        "I can help",
    ),
    Occasion(
        4, 20, "Summer term: subscriptions are due",
        ("Subscriptions for the summer term are due by the end of the month.",),
        "Pay online",
    ),
    Occasion(
        6, 15, "Club photographs on Thursday",
        ("Please bring the blue club shirt. The photographer starts with the youngest group at half past four.",),
    ),
    Occasion(
        7, 13, "Thank you for a splendid gala",
        ("Eleven personal bests, and not a drop of rain on the barbecue.",),
        has_image=True,
    ),
    Occasion(
        9, 7, "Autumn term: groups and times",
        ("Groups have been sorted anew. Please check your swimmer's time before the first session.",),
        "See the groups",
    ),
    Occasion(
        10, 12, "Pool temperature",
        ("The boiler was mended on Friday. The water is back at 28 degrees.",),
    ),
    Occasion(
        11, 16, "Winter gala: entries close on Friday",
        ("Tell your coach which two strokes your swimmer would like to enter.",),
        "Enter the gala", has_image=True,
    ),
    Occasion(
        12, 14, "Last session before Christmas",
        ("Mince pies in the foyer after the last session. The pool reopens on the first Tuesday of January.",),
    ),
)  # fmt: skip
