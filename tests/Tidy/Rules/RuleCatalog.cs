namespace Sluice.Tests.Tidy.Rules;

internal static class RuleCatalog
{
    public static IReadOnlyList<IRule> All { get; } =
    [
        new FileLength(),
        new MethodLength(),
        new LineLength(),
        new OneTypePerFile(),
        new ConstructorParameters(),
        new TypeNames(),
        new SealedClasses(),
        new BannedCalls(),
        new NoStubs(),
        new Catches(),
        new Directives(),
        new CommentedOutCode(),
        new TestNames(),
        new OptionsDocumented(),
        new ContractShape(),
    ];

    public static IRule Get(string name) => All.Single(r => r.Name == name);
}
