"""Words for pet names: fewer than the official provider has, so two names are alike more often."""

import secrets

_ADVERBS = """
almost always badly barely bravely briefly calmly certainly cheerfully clearly closely daily deeply eagerly early
easily evenly exactly fairly firmly freely gently gladly hardly highly humbly jointly kindly largely lately lightly
loudly mainly merely mildly mostly namely nearly neatly nicely oddly openly partly plainly politely purely quickly
quietly rarely really sadly safely simply slowly smoothly softly solely surely swiftly truly usually vastly warmly
""".split()  # noqa: SIM905 (more readable than a list)
_ADJECTIVES = """
able amber ample bold brave brief bright brisk busy calm clean clear clever cool cosy crisp curious dapper deep
eager early easy fair famous fast fine firm fond free fresh gentle glad golden grand great happy hardy humble ideal
jolly keen kind large lively loyal lucky mellow merry mighty modest neat nimble noble patient proud quick quiet
rapid ready rich shy silent smart sunny swift tidy warm wise witty
""".split()  # noqa: SIM905 (more readable than a list)
_ANIMALS = """
adder badger bat bear beaver bee bison boar bobcat buck camel carp cat cod condor coyote crab crane crow deer dingo
dove duck eagle eel elk falcon ferret finch fox frog gecko gnu goat goose hare hawk heron hippo horse ibex jackal
jay kite koala lark lemur lion llama lynx marten mole moose moth mule newt otter owl panda puma quail rabbit raven
robin seal shrew skunk sloth snail stork swan tapir tiger toad trout viper vole wasp weasel whale wolf wombat wren
yak
""".split()  # noqa: SIM905 (more readable than a list)


def pet_name(length: int) -> list[str]:
    """Draw `length` words: an animal, before it an adjective, before that adverbs."""
    adverbs = [secrets.choice(_ADVERBS) for _ in range(length - 2)]
    adjectives = [secrets.choice(_ADJECTIVES)] if length > 1 else []
    return [*adverbs, *adjectives, secrets.choice(_ANIMALS)]
